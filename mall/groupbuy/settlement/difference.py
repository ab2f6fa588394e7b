"""What a member gets back for having paid more than the tier that was reached."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.groupbuy.activities.models import DIFFERENCE
from mall.groupbuy.activities.tiers import tiers_of
from mall.pricing.quote import KEPT_FEN

_LINE = text(
    """
    SELECT l.quantity, l.quantity - l.refunded_quantity AS kept,
        l.payable_fen - l.refunded_fen - l.rebated_fen AS left_fen,
        (SELECT coalesce(sum(-a.shares[1]), 0) FROM order_adjustments a
         WHERE a.order_id = l.order_id AND a.source LIKE 'staff:%') AS by_staff_fen
    FROM order_lines l WHERE l.order_id = :order_id AND l.position = 1
    """
)
_MEMBER = text(
    """
    SELECT m.due, m.difference_fen, m.order_id, m.sku_id, m.unit_price_fen, t.tier_size,
        s.sizes, s.prices, a.mode
    FROM groupbuy_members m JOIN groupbuy_teams t ON t.id = m.team_id
    JOIN groupbuy_activities a ON a.id = m.activity_id
    JOIN groupbuy_tier_sets s ON s.id = t.tier_set_id
    WHERE m.id = :member_id
    """
)


def member_difference_fen(session: Session, member_id: int) -> int:
    """What settling the team gave back to a member, or what is due to be given back now."""
    member = session.execute(_MEMBER, {"member_id": member_id}).one()
    if member.due == "settle":
        return max(0, due_difference_fen(session, member))
    return int(member.difference_fen)


def due_difference_fen(session: Session, member: Any) -> int:
    """What a member of a settled team paid beyond the reached tier (`mode`, `sizes`, `prices`,
    `tier_size`, `sku_id`, `order_id`, `unit_price_fen`); in fen, 0 when nothing."""
    if member.mode != DIFFERENCE:
        return 0
    tier_price_fen = tiers_of(member.sizes, member.prices).price_at(member.sku_id, member.tier_size)
    return difference_fen(session, member.order_id, member.unit_price_fen - tier_price_fen)


def difference_fen(session: Session, order_id: int, per_unit_fen: int) -> int:
    """The rebate of an order, in fen: `per_unit_fen` for each unit that the shopper keeps.

    What staff took off the price before it was paid counts as given. One fen of what was
    paid stays, as everywhere. Not below zero.
    """
    line = session.execute(_LINE, {"order_id": order_id}).one()
    if line.kept == 0:
        return 0
    by_staff_fen = max(0, int(line.by_staff_fen)) * int(line.kept) // int(line.quantity)
    wanted_fen = per_unit_fen * int(line.kept) - by_staff_fen
    return max(0, min(wanted_fen, int(line.left_fen) - KEPT_FEN))
