"""Opening a packet: one a shopper and campaign, as many as the budget has.

Both are limits of the coupon's template, so they are exact. Lock order: the campaign (shared), the
shopper's holding, the template, the packet.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.coupons.claiming import issue_valued
from mall.coupons.errors import AllClaimed, ClaimLimitReached, ClaimNotOpen
from mall.games.packets.errors import (
    PacketCampaignNotFound,
    PacketNotStarted,
    PacketPaused,
    PacketsAllOpened,
    PacketWarmUpOver,
)
from mall.games.packets.events import PacketOpened
from mall.games.packets.growing import grow
from mall.games.packets.models import Packet, PacketCampaign
from mall.games.packets.states import PAUSED, UPCOMING, WARM_UP, state_of
from mall.kernel.clock import shop_day
from mall.kernel.db import db_now, transaction
from mall.kernel.events import publish
from mall.kernel.failpoints import around_commit


def open_packet(user_id: int, campaign_id: int) -> bool:
    """Open the shopper's packet; False when it is open already, whatever the day.

    Its coupon is there at once, worth the table's first value, and the check-in of that day counts
    also when it came before. Raises PacketCampaignNotFound, PacketNotStarted, PacketPaused,
    PacketWarmUpOver, PacketsAllOpened.
    """
    with transaction() as session:
        around_commit(session, "packets.before_open_commit", "packets.after_open_commit")
        campaign = _published(session, campaign_id)
        if _has_one(session, campaign_id, user_id):
            return False
        now = db_now(session)
        _must_be_open(state_of(campaign, now))
        coupon_id = _issue(session, campaign, user_id)
        if coupon_id is None:
            return False
        session.execute(
            insert(Packet).values(
                campaign_id=campaign_id,
                user_id=user_id,
                coupon_id=coupon_id,
                opened_on=shop_day(now),
            )
        )
        grow(session, campaign, user_id)
        # A check-in that commits meanwhile is seen by neither of the two: so once more, later.
        publish(session, PacketOpened(campaign_id, user_id))
        return True


def _published(session: Session, campaign_id: int) -> PacketCampaign:
    """The campaign, so that it isn't paused or ended before the commit."""
    found = session.scalar(
        select(PacketCampaign)
        .where(PacketCampaign.id == campaign_id, PacketCampaign.published_at.is_not(None))
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise PacketCampaignNotFound
    return found


def _has_one(session: Session, campaign_id: int, user_id: int) -> bool:
    mine = select(Packet.user_id).where(
        Packet.campaign_id == campaign_id, Packet.user_id == user_id
    )
    return session.scalar(mine) is not None


def _must_be_open(state: str) -> None:
    if state == UPCOMING:
        raise PacketNotStarted
    if state == PAUSED:
        raise PacketPaused
    if state != WARM_UP:
        raise PacketWarmUpOver


def _issue(session: Session, campaign: PacketCampaign, user_id: int) -> int | None:
    """The coupon; None for a shopper whose other request was faster."""
    if campaign.template_id is None:
        raise PacketCampaignNotFound
    try:
        return issue_valued(session, user_id, campaign.template_id, campaign.value_fen(0))
    except ClaimLimitReached:
        return None
    except AllClaimed:
        raise PacketsAllOpened from None
    except ClaimNotOpen:  # midnight has passed since the day was asked
        raise PacketWarmUpOver from None
