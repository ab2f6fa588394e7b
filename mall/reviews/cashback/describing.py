"""A campaign as the rules of compliance see it: cash for likes, fixed and said beforehand."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.compliance.campaigns import LIKED, Assistance, Campaign, CashForHelp, Reward
from mall.compliance.running import CampaignSource, Running
from mall.reviews.cashback.models import CashbackCampaign
from mall.reviews.cashback.rules_text import rules_text

KIND = "cashback_campaign"


def running(session: Session) -> Iterator[Running]:
    """Campaigns that are on and not over."""
    for campaign in session.scalars(
        select(CashbackCampaign)
        .where(CashbackCampaign.enabled, CashbackCampaign.ends_at > func.clock_timestamp())
        .execution_options(populate_existing=True)
    ):
        yield describe(campaign), campaign.version


CASHBACK_CAMPAIGNS = CampaignSource(
    KIND,
    running,
    "SELECT CAST(id AS text) AS ref, version FROM cashback_campaigns"
    " WHERE enabled AND ends_at > now()",
)


def describe(campaign: CashbackCampaign) -> Campaign:
    """The facts of a campaign. There are no terms by which staff could pay for sharing itself."""
    return Campaign(
        kind=KIND,
        ref=str(campaign.id),
        name=campaign.name,
        texts=(campaign.text, *rules_text(campaign)),
        starts_at=campaign.starts_at,
        ends_at=campaign.ends_at,
        mechanics=(
            CashForHelp(LIKED, campaign.likes_needed, campaign.amount_fen, is_stated=True),
            Assistance(campaign.likes_needed, result_is_stated=True),
            Reward(LIKED, "现金"),
        ),
    )
