"""What a member gets back for having paid more than the tier that was reached."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

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
