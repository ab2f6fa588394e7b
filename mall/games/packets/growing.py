"""How packets grow: with each check-in of the warm-up, once a shop day.

A packet's check-ins are counted anew from those that there are, under its lock. So an event may
come twice, late or in any order. Days that were made up by a card don't count. Lock order: the
packet, the coupon; several packets of a shopper by ascending campaign.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from mall.coupons.claiming import raise_value
from mall.games.packets.events import PacketOpened
from mall.games.packets.models import Packet, PacketCampaign
from mall.kernel.failpoints import around_commit
from mall.missions.checkin.events import CheckedIn

COUNTING = text(
    """
    SELECT count(*) FROM check_ins
    WHERE user_id = :user_id AND NOT made_up AND day BETWEEN :first AND :last
      AND (CAST(:until AS timestamptz) IS NULL OR created_at <= :until)
    """
)
"""How many of a shopper's check-ins count for a packet."""


def grow(session: Session, campaign: PacketCampaign, user_id: int) -> None:
    """Let a shopper's packet be worth what the check-ins up to now make of it; never less."""
    packet = session.execute(
        select(Packet.coupon_id, Packet.opened_on, Packet.check_ins)
        .where(Packet.campaign_id == campaign.id, Packet.user_id == user_id)
        .with_for_update(key_share=True)
    ).one_or_none()
    if packet is None:
        return
    values = {
        "user_id": user_id,
        "first": packet.opened_on,
        "last": campaign.warm_last,
        "until": campaign.ended_at,
    }
    counted = session.scalar(COUNTING, values) or 0
    if counted <= packet.check_ins:
        return
    session.execute(
        update(Packet)
        .where(Packet.campaign_id == campaign.id, Packet.user_id == user_id)
        .values(check_ins=counted)
        .execution_options(synchronize_session=False)
    )
    raise_value(session, packet.coupon_id, campaign.value_fen(counted))


def grow_on_checked_in(session: Session, event: CheckedIn) -> None:
    """The shopper's packets whose warm-up had this day."""
    around_commit(session, "packets.before_growth_commit", "packets.after_growth_commit")
    day = date.fromisoformat(event.day)
    query = (
        select(PacketCampaign)
        .join(Packet, Packet.campaign_id == PacketCampaign.id)
        .where(
            Packet.user_id == event.user_id,
            Packet.opened_on <= day,
            PacketCampaign.warm_last >= day,
        )
        .order_by(PacketCampaign.id)
        .execution_options(populate_existing=True)
    )
    for campaign in session.scalars(query).all():
        grow(session, campaign, event.user_id)


def grow_on_packet_opened(session: Session, event: PacketOpened) -> None:
    """A check-in that was committed beside the opening."""
    campaign = session.get(PacketCampaign, event.campaign_id, populate_existing=True)
    if campaign is not None:
        grow(session, campaign, event.user_id)
