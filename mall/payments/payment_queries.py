"""Payment queries: WeChat is asked what became of a payment, as a callback may never come."""

from __future__ import annotations

import time
from typing import Literal

import structlog
from sqlalchemy import func, or_, select, text, update
from sqlalchemy.orm import Session

from mall.kernel.clock import in_seconds
from mall.kernel.db import transaction
from mall.orders.models import Order
from mall.payments.confirming import confirm_payment
from mall.payments.deadlines import spaced
from mall.payments.models import PaymentAttempt
from mall.payments.states import move_attempt
from mall.wechat.errors import WechatError, code_of
from mall.wechat.gateway import Payment, gateway

State = Literal["paid", "closed", "open"]
"""`paid`: the money came in, and it was applied. `closed`: it can't be paid any more."""

QUERY_DELAYS_S = (30, 60, 180, 300, 600, 1800)
"""Seconds between one query and the next; the first is 5 s after the prepay."""
MIN_QUERY_INTERVAL_S = 2
"""A shopper's page makes us query an attempt at most this often."""
BATCH = 20
BUDGET_S = 50.0
# A paid order's callback and query can't lag behind its deadline by more than this.
_SETTLED = text("interval '5 minutes'")

_log = structlog.get_logger("mall.payments")


def query_attempt(out_trade_no: str, *, close: bool) -> State:
    """Ask WeChat about an attempt and apply the answer; with `close`, close it if unpaid.

    Raises WechatError when WeChat can't tell; nothing was changed then. Never called in a
    transaction.
    """
    pay = gateway().pay
    payment = pay.query_payment(out_trade_no)
    if payment is not None and payment.trade_state == "NOTPAY" and close:
        if pay.close_payment(out_trade_no):
            return _closed(out_trade_no)
        payment = pay.query_payment(out_trade_no)
    if payment is None:
        return _unknown_to_wechat(out_trade_no)
    if payment.is_paid:
        return _paid(payment)
    return _closed(out_trade_no) if payment.trade_state == "CLOSED" else "open"


def _paid(payment: Payment) -> State:
    with transaction() as session:
        outcome = confirm_payment(session, payment, source="query")
    return "open" if outcome in ("mismatch", "unknown") else "paid"


def _closed(out_trade_no: str) -> State:
    with transaction() as session:
        _close(session, out_trade_no)
    return "closed"


def _close(session: Session, out_trade_no: str) -> None:
    attempt_id = session.scalar(
        update(PaymentAttempt)
        .where(
            PaymentAttempt.out_trade_no == out_trade_no,
            PaymentAttempt.transaction_id.is_(None),
        )
        .values(next_query_at=None)
        .returning(PaymentAttempt.id)
    )
    if attempt_id is not None:
        move_attempt(session, attempt_id, "closed", closed_at=func.clock_timestamp())


def _unknown_to_wechat(out_trade_no: str) -> State:
    """WeChat knows no such order.

    An attempt without a prepay_id is closed, since the shopper has nothing to pay with. A
    late request may still create it at WeChat, so it is queried once more after its end. An
    attempt with a prepay_id stays open until its time is over.
    """
    with transaction() as session:
        over = PaymentAttempt.expires_at + _SETTLED <= func.clock_timestamp()
        row = session.execute(
            select(PaymentAttempt.id, over.label("over"))
            .where(
                PaymentAttempt.out_trade_no == out_trade_no,
                or_(PaymentAttempt.status.in_(("created", "closed")), over),
                PaymentAttempt.transaction_id.is_(None),
            )
            .with_for_update()
        ).one_or_none()
        if row is None:
            return "open"
        later = None if row.over else PaymentAttempt.expires_at + _SETTLED
        move_attempt(session, row.id, "closed", closed_at=func.clock_timestamp())
        session.execute(
            update(PaymentAttempt).where(PaymentAttempt.id == row.id).values(next_query_at=later)
        )
    return "closed"


def query_now(order_id: int) -> None:
    """Query an order's live attempt, for a shopper who looks at the page after paying.

    At most every two seconds per attempt. A WeChat that can't tell changes nothing.
    """
    out_trade_no = _claim_one(order_id)
    if out_trade_no is None:
        return
    try:
        query_attempt(out_trade_no, close=False)
    except WechatError as fault:
        _log.warning("payment not known", code=code_of(fault), out_trade_no=out_trade_no)


def _claim_one(order_id: int) -> str | None:
    with transaction() as session:
        return session.scalar(
            update(PaymentAttempt)
            .where(
                PaymentAttempt.order_id == order_id,
                PaymentAttempt.status == "prepaid",
                or_(
                    PaymentAttempt.asked_at.is_(None),
                    PaymentAttempt.asked_at < in_seconds(-MIN_QUERY_INTERVAL_S),
                ),
            )
            .values(asked_at=func.clock_timestamp())
            .returning(PaymentAttempt.out_trade_no)
        )


def query_due_payments() -> None:
    """The sweep: query every attempt that is due, outside of transactions.

    An attempt that no order waits for any more is closed at WeChat.
    """
    deadline = time.monotonic() + BUDGET_S
    while time.monotonic() < deadline:
        due = _claim_due()
        for out_trade_no, is_wanted in due:
            try:
                query_attempt(out_trade_no, close=not is_wanted)
            except WechatError as fault:
                _log.warning("payment not known", code=code_of(fault), out_trade_no=out_trade_no)
        if len(due) < BATCH:
            return


def _claim_due() -> list[tuple[str, bool]]:
    """Due attempts, each rescheduled to its next query; is its order still to be paid?"""
    with transaction() as session:
        due = (
            select(PaymentAttempt.id, Order.status.label("order_status"))
            .join(Order, Order.id == PaymentAttempt.order_id)
            .where(PaymentAttempt.next_query_at <= func.clock_timestamp())
            .order_by(PaymentAttempt.next_query_at)
            .limit(BATCH)
            .with_for_update(of=PaymentAttempt, skip_locked=True)
            .cte("due")
        )
        rows = session.execute(
            update(PaymentAttempt)
            .where(PaymentAttempt.id == due.c.id)
            .values(
                queries=PaymentAttempt.queries + 1,
                asked_at=func.clock_timestamp(),
                next_query_at=spaced(PaymentAttempt.queries, QUERY_DELAYS_S),
            )
            .returning(PaymentAttempt.out_trade_no, PaymentAttempt.status, due.c.order_status)
        ).all()
        return [
            (row.out_trade_no, row.status != "closed" and row.order_status == "unpaid")
            for row in rows
        ]
