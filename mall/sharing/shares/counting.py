"""The caps of a sharer's day: one conditional statement takes a place, or there is none."""

from __future__ import annotations

from datetime import date
from typing import Literal

from sqlalchemy.orm import Session

from mall.kernel.clock import SHOP_ZONE
from mall.kernel.prepared import PreparedStatement
from mall.sharing.shares.settings import (
    SHARE_OPENS_PER_DAY,
    SHARE_ORDERS_PER_DAY,
    SHARE_SHOPPERS_PER_DAY,
    SHARES_PER_DAY,
)

Counted = Literal["shares", "opens", "shoppers", "orders"]


def shop_day_of(moment: str) -> str:
    """SQL: the shop day of a moment (SQL, too)."""
    return f"CAST(timezone('{SHOP_ZONE.key}', {moment}) AS date)"


TODAY = shop_day_of("clock_timestamp()")
_CAPS = {
    "shares": SHARES_PER_DAY,
    "opens": SHARE_OPENS_PER_DAY,
    "shoppers": SHARE_SHOPPERS_PER_DAY,
    "orders": SHARE_ORDERS_PER_DAY,
}
TAKE = {
    what: PreparedStatement(
        f"""
        INSERT INTO share_days AS d (user_id, day, {what}) VALUES (:user_id, :day, 1)
        ON CONFLICT (user_id, day) DO UPDATE SET {what} = d.{what} + 1 WHERE d.{what} < :cap
        RETURNING {what}
        """  # noqa: S608 - names of our own
    )
    for what in _CAPS
}


def take_place(session: Session, sharer_id: int, day: date, what: Counted) -> bool:
    """Count one more of the sharer's day; False when the day's cap is reached."""
    cap = _CAPS[what].get()
    if not cap:
        return False
    return TAKE[what].first(session, user_id=sharer_id, day=day, cap=cap) is not None


_COUNT_ORDER = PreparedStatement("UPDATE shares SET orders = orders + 1 WHERE id = :share_id")


def count_order(session: Session, share_id: int, sharer_id: int, day: date) -> bool:
    """An order came of a share: count it; False when the sharer's day is full."""
    if not take_place(session, sharer_id, day, "orders"):
        return False
    _COUNT_ORDER.rows(session, share_id=share_id)
    return True
