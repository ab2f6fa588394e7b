"""Closing unpaid orders: WeChat first (query, then close), the shop after it.

An order that is to be closed gets a row in `order_closings`; while the row is there, no
payment is started. When WeChat can't answer, the order stays unpaid and the sweep tries again.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import Literal

import structlog
from sqlalchemy import delete, exists, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.kernel.clock import in_seconds
from mall.kernel.db import transaction
from mall.orders.closing import close_unpaid
from mall.orders.locking import LockedOrder, lock_order, lock_order_by_id, lock_own_order
from mall.orders.models import Order
from mall.payments.deadlines import spaced
from mall.payments.errors import OrderAlreadyPaid, OrderNotCancellable
from mall.payments.locking import live_attempts
from mall.payments.models import OrderClosing
from mall.payments.payment_queries import query_attempt
from mall.staff.audit import record
from mall.wechat.errors import WechatError, code_of

Ending = Literal["closed", "paid", "waiting"]
"""`paid`: the payment was faster and counts. `waiting`: WeChat can't answer yet."""

EXPIRED, BY_SHOPPER, BY_STAFF = "expired", "shopper", "staff"
STILL_PAYABLE, FAULT = "STILL_PAYABLE", "FAULT"
"""Why a closing waits, when it isn't for WeChat's answer: what it says doesn't fit our books, so it
isn't applied; a fault of our own code."""
RETRY_DELAYS_S = (10, 30, 60, 180, 600)
NEW_BATCH, BATCH = 200, 20
BUDGET_S = 50.0

_log = structlog.get_logger("mall.payments")


def cancel_order(user_id: int, order_no: str) -> Ending:
    """Close a shopper's unpaid order; again is the same. `waiting` closes by itself later.

    Errors: OrderNotFound, OrderAlreadyPaid, OrderNotCancellable (paid, then refunded).
    """
    with transaction() as session:
        order = lock_own_order(session, user_id, order_no)
        if order.status == "unpaid":
            _enqueue(session, order.id, BY_SHOPPER)
    return _close_now(order, BY_SHOPPER)


def close_by_staff(order_no: str, reason: str) -> Ending:
    """Close an unpaid order for the shop; again is the same. `waiting` closes by itself later.

    The audit row is left once, with the decision. Errors as in `cancel_order`.
    """
    with transaction() as session:
        order = lock_order(session, order_no)
        if order.status == "unpaid" and _enqueue(session, order.id, BY_STAFF):
            record(
                session,
                action="order.close",
                target_type="order",
                target_id=order_no,
                before={"status": order.status, "payable_fen": order.payable_fen},
                after={"reason": reason},
            )
    return _close_now(order, BY_STAFF)


def _enqueue(session: Session, order_id: int, cause: str) -> bool:
    """Let no payment be started from now on. False when the order was closing already."""
    enqueued = session.execute(
        insert(OrderClosing)
        .values(
            order_id=order_id,
            cause=cause,
            # The request itself goes on to close; the sweep is for when it fails.
            next_try_at=in_seconds(RETRY_DELAYS_S[0]),
        )
        .on_conflict_do_nothing()
        .returning(OrderClosing.order_id)
    )
    return enqueued.first() is not None


def _close_now(order: LockedOrder, cause: str) -> Ending:
    """Close an order that was enqueued while it was unpaid; `order` is how it stood then."""
    if order.status in ("paid", "shipped", "completed"):
        raise OrderAlreadyPaid
    if order.status == "closed":
        if order.paid_at is not None:
            raise OrderNotCancellable
        return "closed"
    ending = close_order(order.id, cause)
    if ending == "paid":
        raise OrderAlreadyPaid
    return ending


def enqueue_closing(session: Session, order_ids: Collection[int], cause: str) -> int:
    """Let the sweep close these orders, as far as they are unpaid.

    No payment of them is started any more. Returns how many weren't enqueued before.
    """
    unpaid = (
        select(Order.id, literal(cause), func.clock_timestamp())
        .where(Order.id.in_(order_ids), Order.status == "unpaid")
        .order_by(Order.id)
        .with_for_update(of=Order, key_share=True)
    )
    wanted = session.execute(
        insert(OrderClosing)
        .from_select(["order_id", "cause", "next_try_at"], unpaid)
        .on_conflict_do_nothing()
        .returning(OrderClosing.order_id)
    )
    return len(wanted.all())


def close_order(order_id: int, cause: str) -> Ending:
    """Close an order that has a closing row, unless a payment was faster."""
    with transaction() as session:
        numbers = [attempt.out_trade_no for attempt in live_attempts(session, order_id)]
    for out_trade_no in numbers:
        try:
            query_attempt(out_trade_no, close=True)
        except WechatError as fault:
            code = code_of(fault)
            _log.warning(
                "closing waits for WeChat", code=code, error=str(fault), out_trade_no=out_trade_no
            )
            _note_error(order_id, code)
            return "waiting"
    with transaction() as session:
        return _close_here(session, lock_order_by_id(session, order_id), cause)


def _close_here(session: Session, order: LockedOrder, cause: str) -> Ending:
    if order.status == "unpaid":
        if live_attempts(session, order.id):
            _write_error(session, order.id, STILL_PAYABLE)
            return "waiting"
        close_unpaid(session, order.order_no, cause)
    session.execute(delete(OrderClosing).where(OrderClosing.order_id == order.id))
    was_paid = order.status not in ("unpaid", "closed") or order.paid_at is not None
    return "paid" if was_paid else "closed"


def close_due_orders() -> None:
    """The sweep: close every order whose time is up, by the database's clock."""
    _mark_expired()
    deadline = time.monotonic() + BUDGET_S
    while time.monotonic() < deadline:
        due = _claim_due()
        for order_id, cause in due:
            _close_one(order_id, cause)
        if len(due) < BATCH:
            return


def _close_one(order_id: int, cause: str) -> None:
    """A fault of one order must not keep the others open."""
    try:
        close_order(order_id, cause)
    except Exception:
        _log.exception("closing an order failed", order_id=order_id)
        _note_error(order_id, FAULT)


def _note_error(order_id: int, error: str) -> None:
    with transaction() as session:
        _write_error(session, order_id, error)


def _write_error(session: Session, order_id: int, error: str) -> None:
    """Keep why an order couldn't be closed now, for whoever looks at what hangs."""
    session.execute(
        update(OrderClosing).where(OrderClosing.order_id == order_id).values(error=error[:64])
    )


def _mark_expired() -> None:
    with transaction() as session:
        expired = (
            select(Order.id, literal(EXPIRED), func.clock_timestamp())
            .where(
                Order.status == "unpaid",
                Order.expires_at <= func.clock_timestamp(),
                ~exists().where(OrderClosing.order_id == Order.id),
            )
            .order_by(Order.expires_at)
            .limit(NEW_BATCH)
            .with_for_update(of=Order, key_share=True, skip_locked=True)
        )
        session.execute(
            insert(OrderClosing)
            .from_select(["order_id", "cause", "next_try_at"], expired)
            .on_conflict_do_nothing()
        )


def _claim_due() -> list[tuple[int, str]]:
    with transaction() as session:
        due = (
            select(OrderClosing.order_id)
            .where(OrderClosing.next_try_at <= func.clock_timestamp())
            .order_by(OrderClosing.next_try_at)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
            .cte("due")
        )
        rows = session.execute(
            update(OrderClosing)
            .where(OrderClosing.order_id == due.c.order_id)
            .values(
                tries=OrderClosing.tries + 1,
                next_try_at=spaced(OrderClosing.tries, RETRY_DELAYS_S),
            )
            .returning(OrderClosing.order_id, OrderClosing.cause)
        )
        return [(row.order_id, row.cause) for row in rows]
