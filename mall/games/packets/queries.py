"""Reads of packets: what is public, and what is a shopper's own."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.coupons.models import Coupon, CouponTemplate
from mall.games.packets.errors import PacketCampaignNotFound, PacketNotOpened
from mall.games.packets.models import Packet, PacketCampaign
from mall.games.packets.states import state_of
from mall.kernel.clock import shop_day
from mall.kernel.db import db_now
from mall.missions.checkin.models import CheckIn

Row = dict[str, Any]
_PUBLIC = (
    *("id", "name", "rules", "warm_first", "warm_last", "sale_first", "sale_last"),
    *("values_fen", "cap_fen", "threshold_fen", "scope", "ended_at", "end_reason"),
)


def listed(session: Session, *, before: int | None, limit: int) -> list[Row]:
    """Campaigns that are published, not ended and not over, newest first; one more than
    `limit`."""
    now = db_now(session)
    query = select(PacketCampaign).where(
        PacketCampaign.published_at.is_not(None),
        PacketCampaign.ended_at.is_(None),
        PacketCampaign.sale_last >= shop_day(now),
    )
    if before is not None:
        query = query.where(PacketCampaign.id < before)
    found = session.scalars(query.order_by(PacketCampaign.id.desc()).limit(limit + 1))
    return [public_line(one, now) for one in found]


def public_view(session: Session, campaign_id: int) -> Row:
    """All that is public of a campaign, and whether all packets are opened. Raises
    PacketCampaignNotFound."""
    campaign = published_campaign(session, campaign_id)
    return {
        **public_line(campaign, db_now(session)),
        "packets": campaign.most,
        "all_opened": opened(session, campaign) >= campaign.most,
    }


def opened(session: Session, campaign: PacketCampaign) -> int:
    """How many packets of a campaign are opened."""
    counted = select(CouponTemplate.claimed).where(CouponTemplate.id == campaign.template_id)
    return session.scalar(counted) or 0


def own_packet(session: Session, campaign_id: int, user_id: int) -> Row:
    """The shopper's packet: worth now and after the next check-in, and the days that are left for
    check-ins. Raises PacketCampaignNotFound, PacketNotOpened."""
    campaign = published_campaign(session, campaign_id)
    row = session.execute(
        select(Packet, Coupon.amount_fen, Coupon.status, Coupon.valid_from, Coupon.expires_at)
        .join(Coupon, Coupon.id == Packet.coupon_id)
        .where(Packet.campaign_id == campaign_id, Packet.user_id == user_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise PacketNotOpened
    packet, today = row[0], shop_day(db_now(session))
    checked_in = _checked_in(session, user_id, today)
    left = days_left(campaign, today, checked_in=checked_in)
    grows = left > 0 and row.amount_fen < campaign.cap_fen
    return {
        "campaign_id": campaign_id,
        "coupon_id": packet.coupon_id,
        "coupon_status": row.status,
        "opened_on": packet.opened_on,
        "check_ins": packet.check_ins,
        "value_fen": row.amount_fen,
        "next_value_fen": campaign.value_fen(packet.check_ins + 1) if grows else None,
        "cap_fen": campaign.cap_fen,
        "checked_in_today": checked_in,
        "days_left": left,
        "usable_from": row.valid_from,
        "usable_until": row.expires_at,
    }


def days_left(campaign: PacketCampaign, today: date, *, checked_in: bool) -> int:
    """On how many days a check-in can still raise a packet, today with them while it is free."""
    if campaign.ended_at is not None or today > campaign.warm_last:
        return 0
    return (campaign.warm_last - today).days + 1 - int(checked_in)


def published_campaign(session: Session, campaign_id: int) -> PacketCampaign:
    """One that shoppers see. Raises PacketCampaignNotFound."""
    found = session.scalar(
        select(PacketCampaign)
        .where(PacketCampaign.id == campaign_id, PacketCampaign.published_at.is_not(None))
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise PacketCampaignNotFound
    return found


def public_line(campaign: PacketCampaign, now: datetime) -> Row:
    """What everybody reads of a campaign."""
    shown = {name: getattr(campaign, name) for name in _PUBLIC}
    return {**shown, "state": state_of(campaign, now)}


def _checked_in(session: Session, user_id: int, today: date) -> bool:
    found = select(CheckIn.day).where(
        CheckIn.user_id == user_id, CheckIn.day == today, ~CheckIn.made_up
    )
    return session.scalar(found) is not None
