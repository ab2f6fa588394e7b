"""What staff see of packet campaigns."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from mall.coupons.models import Coupon
from mall.games.packets.errors import PacketCampaignNotFound
from mall.games.packets.models import Packet, PacketCampaign
from mall.games.packets.queries import Row, opened, public_line
from mall.kernel.db import db_now

_BP = 10_000
_MORE = ("revision", "packets", "budget_fen", "most", "template_id", "paused", "published_at")
# What coupons of the campaign took off the orders that have them.
_USED = text(
    """
    SELECT count(DISTINCT c.id) AS used, coalesce(-sum(a.amount_fen), 0) AS cost_fen
    FROM packets p JOIN coupons c ON c.id = p.coupon_id
    LEFT JOIN order_adjustments a ON a.order_id = c.order_id AND a.source = 'coupon:' || c.id
    WHERE p.campaign_id = :campaign_id AND c.status = 'used'
    """
)


def campaigns(session: Session, *, before: int | None, limit: int) -> list[Row]:
    """All campaigns, newest first; one more than `limit`."""
    query = select(PacketCampaign).execution_options(populate_existing=True)
    if before is not None:
        query = query.where(PacketCampaign.id < before)
    now = db_now(session)
    found = session.scalars(query.order_by(PacketCampaign.id.desc()).limit(limit + 1))
    return [{**public_line(one, now), "revision": one.revision} for one in found]


def one_campaign(session: Session, campaign_id: int) -> Row:
    """A campaign with its terms and how many packets are opened. Raises
    PacketCampaignNotFound."""
    campaign = _campaign(session, campaign_id)
    return {
        **public_line(campaign, db_now(session)),
        **{name: getattr(campaign, name) for name in _MORE},
        "opened": opened(session, campaign),
    }


def cost_preview(session: Session, campaign_id: int, used_bp: int, check_ins: int | None) -> Row:
    """What a campaign may cost: expected, when of all packets the share `used_bp` is used after so
    many check-ins each (all by default); at worst, when all are used at the cap.

    Raises PacketCampaignNotFound.
    """
    campaign = _campaign(session, campaign_id)
    value_fen = campaign.cap_fen if check_ins is None else campaign.value_fen(check_ins)
    return {
        "packets": campaign.most,
        "expected_fen": -(-campaign.most * value_fen * used_bp // _BP),
        "worst_fen": campaign.most * campaign.cap_fen,
    }


def figures(session: Session, campaign_id: int) -> Row:
    """Packets opened, by value; used ones, and what they took off. Raises
    PacketCampaignNotFound."""
    campaign = _campaign(session, campaign_id)
    counts = session.execute(
        select(Packet.check_ins, func.count().label("packets"))
        .where(Packet.campaign_id == campaign_id)
        .group_by(Packet.check_ins)
    ).all()
    by_value = dict.fromkeys(campaign.values_fen, 0)
    for row in counts:
        by_value[campaign.value_fen(row.check_ins)] += row.packets
    used: Any = session.execute(_USED, {"campaign_id": campaign_id}).one()
    return {
        "opened": sum(by_value.values()),
        "left": campaign.most - sum(by_value.values()),
        "check_ins": sum(row.check_ins * row.packets for row in counts),
        "by_value": [{"value_fen": value, "packets": n} for value, n in by_value.items()],
        "worth_fen": sum(value * n for value, n in by_value.items()),
        "used": used.used,
        "cost_fen": used.cost_fen,
    }


def packets(
    session: Session, campaign_id: int, *, user_id: int | None, before: int | None, limit: int
) -> list[Row]:
    """Packets of a campaign, the newest coupon first; one more than `limit`. Raises
    PacketCampaignNotFound."""
    _campaign(session, campaign_id)
    query = (
        select(
            Packet.user_id,
            Packet.coupon_id,
            Packet.opened_on,
            Packet.check_ins,
            Coupon.amount_fen.label("value_fen"),
            Coupon.status.label("coupon_status"),
            Coupon.order_id,
        )
        .join(Coupon, Coupon.id == Packet.coupon_id)
        .where(Packet.campaign_id == campaign_id)
    )
    if user_id is not None:
        query = query.where(Packet.user_id == user_id)
    if before is not None:
        query = query.where(Packet.coupon_id < before)
    rows = session.execute(query.order_by(Packet.coupon_id.desc()).limit(limit + 1))
    return [dict(row._mapping) for row in rows]


def _campaign(session: Session, campaign_id: int) -> PacketCampaign:
    found = session.get(PacketCampaign, campaign_id, populate_existing=True)
    if found is None:
        raise PacketCampaignNotFound
    return found
