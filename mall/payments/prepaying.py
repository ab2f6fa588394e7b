"""Starting a payment: write the attempt, get WeChat's prepay_id, sign the parameters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from mall.kernel.db import db_now, transaction
from mall.orders.errors import OrderNotFound
from mall.orders.models import OrderLine
from mall.payments.callback_urls import notify_url
from mall.payments.deadlines import in_seconds
from mall.payments.errors import (
    OrderAlreadyPaid,
    OrderExpired,
    OrderIsClosing,
    OrderNotPayable,
    PaymentRefused,
    PaymentUnavailable,
)
from mall.payments.locking import OrderHead, live_attempts, lock_order_of
from mall.payments.models import OrderClosing, PaymentAttempt
from mall.payments.numbers import new_out_trade_no
from mall.payments.payment_queries import query_attempt
from mall.payments.states import move_attempt
from mall.users.queries import openid_of
from mall.wechat.errors import WechatError, WechatRefused
from mall.wechat.gateway import PrepayRequest, gateway

FRESH = timedelta(minutes=110)
"""A prepay_id is good for two hours; the rest is for the shopper to type a password."""
MOST_DESCRIPTION = 127
# WeChat takes no payment under this number any more: another number may do.
_NUMBER_SPENT = frozenset({"OUT_TRADE_NO_USED", "INVALID_REQUEST", "ORDER_CLOSED", "ORDER_PAID"})

_log = structlog.get_logger("mall.payments")


@dataclass(frozen=True)
class StartedPayment:
    """What the phone needs to pay. `parameters` goes to `wx.requestPayment` as it is."""

    order_no: str
    amount_fen: int
    expires_at: datetime
    parameters: dict[str, str]


def start_payment(user_id: int, order_no: str) -> StartedPayment:
    """Let a shopper pay an order; again, or on two phones, is the same payment.

    At most one attempt of an order is alive. Errors: OrderNotFound, OrderNotPayable,
    OrderExpired, OrderIsClosing, OrderAlreadyPaid, PaymentUnavailable (try again),
    PaymentRefused.
    """
    for _ in range(2):
        expires_at, attempt, fresh = _live_attempt(user_id, order_no)
        prepay_id = attempt.prepay_id if fresh else _prepay(attempt)
        if prepay_id is not None:
            params = gateway().pay.payment_params(prepay_id)
            return StartedPayment(order_no, attempt.amount_fen, expires_at, params)
    raise PaymentUnavailable


def _live_attempt(user_id: int, order_no: str) -> tuple[datetime, PaymentAttempt, bool]:
    """The order's deadline, its live attempt (made if there is none), is its prepay_id fresh.

    Calls at the same time queue on the order's row, so they get the same attempt.
    """
    with transaction() as session:
        order = lock_order_of(session, user_id, order_no)
        if order is None:
            raise OrderNotFound
        _check_payable(session, order)
        found = live_attempts(session, order.id)
        attempt = found[0] if found else _new_attempt(session, order)
        since = db_now(session) - FRESH
        fresh = attempt.prepay_at is not None and attempt.prepay_at > since
        return order.expires_at, attempt, fresh


def _check_payable(session: Session, order: OrderHead) -> None:
    if order.status in ("paid", "shipped", "completed"):
        raise OrderAlreadyPaid
    if order.status != "unpaid":
        raise OrderNotPayable
    if order.expired:
        raise OrderExpired
    closing = select(OrderClosing.order_id).where(OrderClosing.order_id == order.id)
    if session.scalar(closing) is not None:
        raise OrderIsClosing


def _new_attempt(session: Session, order: OrderHead) -> PaymentAttempt:
    pay = gateway().pay
    request = PrepayRequest(
        appid=pay.appid,
        mchid=pay.mchid,
        description=_description(session, order.id),
        out_trade_no=new_out_trade_no(),
        total_fen=order.payable_fen,
        openid=openid_of(session, order.user_id),
        notify_url=notify_url("pay"),
        time_expire=order.expires_at,
    )
    attempt_id = session.scalar(
        insert(PaymentAttempt)
        .values(
            order_id=order.id,
            out_trade_no=request.out_trade_no,
            amount_fen=request.total_fen,
            openid=request.openid,
            request=request.body(),
            expires_at=order.expires_at,
            # Should the process die before WeChat answers, the sweep finds out.
            next_query_at=in_seconds(30),
        )
        .returning(PaymentAttempt.id)
    )
    return session.scalars(select(PaymentAttempt).where(PaymentAttempt.id == attempt_id)).one()


def _description(session: Session, order_id: int) -> str:
    """What the shopper reads on the bill: the first item, and how many in all."""
    rows = session.execute(
        select(OrderLine.name, OrderLine.quantity)
        .where(OrderLine.order_id == order_id)
        .order_by(OrderLine.position)
    ).all()
    pieces = sum(row.quantity for row in rows)
    ending = f" 等{pieces}件" if pieces > 1 else ""
    return str(rows[0].name)[: MOST_DESCRIPTION - len(ending)] + ending


def _prepay(attempt: PaymentAttempt) -> str | None:
    """Ask WeChat for a prepay_id by the stored request. None: this attempt is over."""
    try:
        prepay_id = gateway().pay.prepay(PrepayRequest.from_body(attempt.request))
    except WechatRefused as refused:
        _log.warning("prepay refused", code=refused.code, out_trade_no=attempt.out_trade_no)
        _end_refused(attempt, refused)
        return None
    except WechatError as fault:
        _log.warning("prepay failed", error=type(fault).__name__)
        raise PaymentUnavailable from None
    _store(attempt, prepay_id)
    return prepay_id


def _end_refused(attempt: PaymentAttempt, refused: WechatRefused) -> None:
    """End a refused attempt by what WeChat knows of it; a later call makes another."""
    try:
        state = query_attempt(attempt.out_trade_no, close=True)
    except WechatError:
        raise PaymentUnavailable from None
    if state == "paid":
        raise OrderAlreadyPaid
    if state == "open" or refused.code not in _NUMBER_SPENT:
        raise PaymentRefused


def _store(attempt: PaymentAttempt, prepay_id: str) -> None:
    with transaction() as session:
        kept = move_attempt(
            session,
            attempt.id,
            "prepaid",
            prepay_id=prepay_id,
            prepay_at=func.clock_timestamp(),
            next_query_at=in_seconds(5),
            queries=0,
        )
        if not kept:
            # It ended while WeChat was answering; what WeChat holds is to be closed there.
            session.execute(
                update(PaymentAttempt)
                .where(PaymentAttempt.id == attempt.id, PaymentAttempt.status == "closed")
                .values(next_query_at=func.clock_timestamp())
            )
    if not kept:
        raise PaymentUnavailable
