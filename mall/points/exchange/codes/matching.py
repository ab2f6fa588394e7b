"""The stock of an item of codes is its codes: those that are free, less those that orders await."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.points.exchange.items.stock import change_stock
from mall.points.exchange.settings import CODE_MIN_DAYS

CAN_BE_DELIVERED = (
    "(expires_at IS NULL OR expires_at > clock_timestamp() + make_interval(days => :min_days))"
)
_EXPIRE = text(
    f"""
    UPDATE exchange_codes SET status = 'expired' WHERE id IN (
        SELECT id FROM exchange_codes
        WHERE item_id = :item_id AND status = 'free' AND NOT {CAN_BE_DELIVERED}
        ORDER BY id FOR UPDATE SKIP LOCKED
    ) AND status = 'free'
    """  # noqa: S608
)
# One statement, so one snapshot: a delivery that commits meanwhile changes both counts, or none.
_SPARE = """
    greatest(0, (
        SELECT count(*) FROM exchange_codes WHERE item_id = i.id AND status = 'free'
    ) - (
        SELECT count(*) FROM exchange_orders WHERE item_id = i.id AND awaits_delivery
    ))
"""
_HAS_SPARE = text(f"SELECT {_SPARE} > 0 FROM exchange_items i WHERE i.id = :item_id")  # noqa: S608
_DIFFERENCE = text(
    f"""
    SELECT {_SPARE} - (i.stock - i.sold) AS change
    FROM exchange_items i WHERE i.id = :item_id AND i.kind = 'code' AND i.ended_at IS NULL
    """  # noqa: S608
)
_EXPIRING = text(
    f"""
    SELECT DISTINCT item_id FROM exchange_codes
    WHERE status = 'free' AND NOT {CAN_BE_DELIVERED} ORDER BY item_id
    """  # noqa: S608
)


def min_days() -> dict[str, Any]:
    """The parameter of CAN_BE_DELIVERED."""
    return {"min_days": CODE_MIN_DAYS.get()}


def match_stock(session: Session, item_id: int) -> None:
    """A locked item of codes has as many units left as codes can be delivered.

    Codes that expire too soon are taken out first. Nothing for other items, and ended ones.
    """
    session.execute(_EXPIRE, {"item_id": item_id, **min_days()})
    change = session.scalar(_DIFFERENCE, {"item_id": item_id})
    if change:
        change_stock(session, item_id, int(change))


def has_spare(session: Session, item_id: int) -> bool:
    """Whether a locked item has a free code that no order awaits."""
    return bool(session.scalar(_HAS_SPARE, {"item_id": item_id}))


def items_with_expiring_codes(session: Session) -> list[int]:
    """Items that have free codes which expire too soon to be delivered."""
    return list(session.scalars(_EXPIRING, min_days()))
