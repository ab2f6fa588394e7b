"""A packet campaign as the rules of compliance see it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.compliance.campaigns import CHECKED_IN, Campaign, Reward
from mall.compliance.running import CampaignSource, Running
from mall.games.packets.models import PacketCampaign
from mall.kernel.clock import day_start
from mall.kernel.money import yuan

KIND = "packet_campaign"


def running(session: Session) -> Iterator[Running]:
    """Campaigns that are published and not over."""
    for campaign in session.scalars(
        select(PacketCampaign)
        .where(
            PacketCampaign.published_at.is_not(None),
            PacketCampaign.ended_at.is_(None),
            PacketCampaign.sale_last >= func.current_date(),
        )
        .order_by(PacketCampaign.id)
        .execution_options(populate_existing=True)
    ):
        yield describe(campaign), campaign.revision


PACKET_CAMPAIGNS = CampaignSource(
    KIND,
    running,
    """
    SELECT CAST(id AS text) AS ref, revision AS version FROM packet_campaigns
    WHERE published_at IS NOT NULL AND ended_at IS NULL AND sale_last >= current_date
    """,
)


def describe(campaign: PacketCampaign) -> Campaign:
    """The facts of a campaign; its table in words is one of the texts."""
    return Campaign(
        kind=KIND,
        ref=str(campaign.id),
        name=campaign.name,
        texts=(campaign.rules, in_words(campaign)),
        starts_at=day_start(campaign.warm_first),
        ends_at=day_start(campaign.sale_last + timedelta(days=1)),
        quantity=campaign.most,
        mechanics=(Reward(CHECKED_IN, "coupon"),),
    )


def in_words(campaign: PacketCampaign) -> str:
    """What a packet is worth, in Chinese."""
    steps = (
        f"签到{count}次{yuan(value)}元"
        for count, value in enumerate(campaign.values_fen[1:], start=1)
    )
    return f"领取时{yuan(campaign.values_fen[0])}元，" + "，".join(steps)
