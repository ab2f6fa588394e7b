"""The lock on an order's row: everything that changes an order, or what belongs to it, takes
it first. It is held until the commit. Lock order: order, the rows that orders share (a team),
SKUs ascending, accounts.

It lets the checks of foreign keys pass, which only ask that the order stays: they may be made by
whoever holds a row that comes later.

Sweeps that claim many orders at once lock them in their own statements, with SKIP LOCKED.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.kernel.prepared import PreparedStatement
from mall.orders.errors import OrderNotFound


@dataclass(frozen=True, slots=True)
class LockedOrder:
    """An order as it stands under the lock. `now` is the database's clock."""

    id: int
    order_no: str
    user_id: int
    kind: str
    status: str
    hold_reason: str | None
    payable_fen: int
    freight_fen: int
    freight_refunded_fen: int
    staff_note: str
    expires_at: datetime
    paid_at: datetime | None
    completed_at: datetime | None
    settled_at: datetime | None
    now: datetime

    @property
    def expired(self) -> bool:
        """The time to pay is over."""
        return self.expires_at <= self.now


_COLUMNS = """
    id, order_no, user_id, kind, status, hold_reason, payable_fen, freight_fen,
    freight_refunded_fen, staff_note, expires_at, paid_at, completed_at, settled_at,
    clock_timestamp() AS now
"""


def _lock_where(condition: str) -> PreparedStatement:
    return PreparedStatement(
        f"SELECT {_COLUMNS} FROM orders WHERE {condition} FOR NO KEY UPDATE"  # noqa: S608
    )


_BY_NO = _lock_where("order_no = :order_no")
_BY_ID = _lock_where("id = :order_id")
_OWN = _lock_where("order_no = :order_no AND user_id = :user_id")
_PAID = text(
    f"""
    SELECT {_COLUMNS} FROM orders
    WHERE order_no = ANY(CAST(:order_nos AS text[])) AND status = 'paid'
    ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
    """  # noqa: S608
)


def lock_order(session: Session, order_no: str) -> LockedOrder:
    """Lock the order with this number. Raises OrderNotFound."""
    return _locked(_BY_NO.first(session, order_no=order_no))


def lock_order_by_id(session: Session, order_id: int) -> LockedOrder:
    """Lock the order with this id. Raises OrderNotFound."""
    return _locked(_BY_ID.first(session, order_id=order_id))


def lock_own_order(session: Session, user_id: int, order_no: str) -> LockedOrder:
    """Lock a shopper's order. Raises OrderNotFound, also for another shopper's."""
    return _locked(_OWN.first(session, order_no=order_no, user_id=user_id))


def lock_paid(session: Session, order_nos: Collection[str]) -> list[LockedOrder]:
    """Lock those of these orders that are paid and that nobody holds, by id."""
    rows = session.execute(_PAID, {"order_nos": list(order_nos)})
    return [LockedOrder(*row) for row in rows]


def _locked(row: Any | None) -> LockedOrder:
    if row is None:
        raise OrderNotFound
    return LockedOrder(*row)
