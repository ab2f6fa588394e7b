"""One free code for one order: the row is locked, skipped by others, and unique by the order."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.points.exchange.codes.matching import CAN_BE_DELIVERED, min_days
from mall.points.exchange.errors import ExchangeCodesGone

_TAKE = f"""
    UPDATE exchange_codes
    SET status = 'delivered', order_id = :order_id, delivered_at = clock_timestamp()
    WHERE status = 'free' AND id = (
        SELECT id FROM exchange_codes
        WHERE item_id = :item_id AND status = 'free' AND {CAN_BE_DELIVERED}
        ORDER BY expires_at NULLS LAST, id LIMIT 1 FOR UPDATE
"""  # noqa: S608
_TAKE_UNLOCKED = text(f"{_TAKE} SKIP LOCKED) RETURNING id")
# Those that others hold may still come free: they are waited for before it is said that none is.
_TAKE_ANY = text(f"{_TAKE}) RETURNING id")


def deliver_code(session: Session, item_id: int, order_id: int) -> int:
    """Give the order a code, that which expires first; its id. The order is locked.

    Raises ExchangeCodesGone.
    """
    values = {"item_id": item_id, "order_id": order_id, **min_days()}
    for statement in (_TAKE_UNLOCKED, _TAKE_ANY):
        code_id = session.scalar(statement, values)
        if code_id is not None:
            return int(code_id)
    raise ExchangeCodesGone
