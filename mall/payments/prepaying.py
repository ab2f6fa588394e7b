"""Starting a payment: write the attempt, get WeChat's prepay_id, sign the parameters."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.orm import Session

from mall.kernel.db import db, transaction
from mall.kernel.prepared import PreparedStatement
from mall.orders.locking import LockedOrder, lock_own_order
from mall.payments.callback_urls import notify_url
from mall.payments.errors import (
    OrderAboutToClose,
    OrderAlreadyPaid,
    OrderExpired,
    OrderIsClosing,
    OrderNotPayable,
    PaymentRefused,
    PaymentUnavailable,
)
from mall.payments.numbers import new_out_trade_no
from mall.payments.payment_queries import query_attempt
from mall.payments.states import origins_of
from mall.wechat.errors import WechatError, WechatRefused, code_of
from mall.wechat.gateway import PrepayRequest, gateway

MOST_DESCRIPTION = 127
SHORTEST = timedelta(seconds=63)
"""WeChat wants a minute from its receiving the request to `time_expire`, which has whole seconds;
what is asked for later is refused, and its number is spent."""
# WeChat takes no payment under this number any more: another number may do.
_NUMBER_SPENT = frozenset({"OUT_TRADE_NO_USED", "INVALID_REQUEST", "ORDER_CLOSED", "ORDER_PAID"})

_log = structlog.get_logger("mall.payments")


_FACTS = PreparedStatement(
    """
    SELECT clock_timestamp() AS now,
        EXISTS (SELECT FROM order_closings WHERE order_id = :order_id) AS is_closing,
        (SELECT openid FROM users WHERE id = :user_id) AS openid,
        goods.name, goods.pieces, a.id, a.request, a.prepay_id,
        a.prepay_at > clock_timestamp() - interval '110 minutes' AS is_fresh
    FROM (
        SELECT (array_agg(name ORDER BY position))[1] AS name, sum(quantity)::bigint AS pieces
        FROM order_lines WHERE order_id = :order_id
    ) goods
    LEFT JOIN payment_attempts a
        ON a.order_id = :order_id AND a.status IN ('created', 'prepaid')
    """
)
"""Read after the order is locked. A prepay_id is good for two hours; the ten minutes that are
left are for the shopper to type a password."""
_INSERT = PreparedStatement(
    """
    INSERT INTO payment_attempts
        (order_id, out_trade_no, amount_fen, openid, request, expires_at, next_query_at)
    VALUES (:order_id, :out_trade_no, :amount_fen, :openid, CAST(:request AS jsonb), :expires_at,
        -- Should the process die before WeChat answers, the sweep finds out.
        clock_timestamp() + interval '30 seconds')
    RETURNING id
    """
)
_MAY_BE_PREPAID = ", ".join(f"'{state}'" for state in origins_of("prepaid"))
_STORE = PreparedStatement(
    f"""
    UPDATE payment_attempts SET
        (status, prepay_id, prepay_at, next_query_at, queries) = (
            SELECT CASE WHEN lives THEN 'prepaid' ELSE status END,
                CASE WHEN lives THEN :prepay_id ELSE prepay_id END,
                CASE WHEN lives THEN clock_timestamp() ELSE prepay_at END,
                clock_timestamp() + CASE WHEN lives THEN interval '5 seconds' ELSE '0' END,
                CASE WHEN lives THEN 0 ELSE queries END
            FROM (SELECT status IN ({_MAY_BE_PREPAID}) AS lives) _)
    WHERE id = :attempt_id AND status IN ({_MAY_BE_PREPAID}, 'closed')
    RETURNING status
    """  # noqa: S608 - states of our own
)


@dataclass(frozen=True)
class _Attempt:
    """A live attempt. Without a fresh prepay_id WeChat is asked for one."""

    id: int
    request: PrepayRequest = field(repr=False)
    expires_at: datetime
    fresh_prepay_id: str | None


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
    OrderExpired, OrderAboutToClose, OrderIsClosing, OrderAlreadyPaid, PaymentUnavailable (try
    again), PaymentRefused.
    """
    for _ in range(2):
        attempt = _live_attempt(user_id, order_no)
        prepay_id = attempt.fresh_prepay_id or _prepay(attempt)
        if prepay_id is not None:
            params = gateway().pay.payment_params(prepay_id)
            amount_fen = attempt.request.total_fen
            return StartedPayment(order_no, amount_fen, attempt.expires_at, params)
    raise PaymentUnavailable


def _live_attempt(user_id: int, order_no: str) -> _Attempt:
    """The order's live attempt, made if there is none.

    Calls at the same time queue on the order's row, so they get the same attempt.
    """
    with transaction() as session:
        order = lock_own_order(session, user_id, order_no)
        facts = _FACTS.first(session, order_id=order.id, user_id=user_id)
        assert facts is not None
        _check_payable(order, facts)
        if facts.id is None:
            return _new_attempt(session, order, facts)
        request = PrepayRequest.from_body(facts.request)
        prepay_id = facts.prepay_id if facts.is_fresh else None
        return _Attempt(facts.id, request, order.expires_at, prepay_id)


def _check_payable(order: LockedOrder, facts: Any) -> None:
    if order.status in ("paid", "shipped", "completed"):
        raise OrderAlreadyPaid
    if order.status != "unpaid":
        raise OrderNotPayable
    if order.expires_at <= facts.now:
        raise OrderExpired
    if facts.is_closing:
        raise OrderIsClosing
    # What WeChat has already can be paid to the last second; it takes nothing new.
    if facts.prepay_id is None and order.expires_at < facts.now + SHORTEST:
        raise OrderAboutToClose


def _new_attempt(session: Session, order: LockedOrder, facts: Any) -> _Attempt:
    pay = gateway().pay
    request = PrepayRequest(
        appid=pay.appid,
        mchid=pay.mchid,
        description=_description(facts.name, facts.pieces),
        out_trade_no=new_out_trade_no(),
        total_fen=order.payable_fen,
        openid=facts.openid,
        notify_url=notify_url("pay"),
        time_expire=order.expires_at,
    )
    [row] = _INSERT.rows(
        session,
        order_id=order.id,
        out_trade_no=request.out_trade_no,
        amount_fen=request.total_fen,
        openid=request.openid,
        request=json.dumps(request.body()),
        expires_at=order.expires_at,
    )
    return _Attempt(row.id, request, order.expires_at, None)


def _description(name: str, pieces: int) -> str:
    """What the shopper reads on the bill: the first item, and how many in all."""
    ending = f" 等{pieces}件" if pieces > 1 else ""
    return name[: MOST_DESCRIPTION - len(ending)] + ending


def _prepay(attempt: _Attempt) -> str | None:
    """Ask WeChat for a prepay_id by the stored request. None: this attempt is over."""
    request = attempt.request
    try:
        prepay_id = gateway().pay.prepay(request)
    except WechatRefused as refused:
        _log.warning("prepay refused", code=refused.code, out_trade_no=request.out_trade_no)
        _end_refused(request.out_trade_no, refused)
        return None
    except WechatError as fault:
        _log.warning("prepay failed", code=code_of(fault), error=str(fault))
        raise PaymentUnavailable from None
    _store(attempt, prepay_id)
    return prepay_id


def _end_refused(out_trade_no: str, refused: WechatRefused) -> None:
    """End a refused attempt by what WeChat knows of it; a later call makes another."""
    try:
        state = query_attempt(out_trade_no, close=True)
    except WechatError:
        raise PaymentUnavailable from None
    if state == "paid":
        raise OrderAlreadyPaid
    if state == "open" or refused.code not in _NUMBER_SPENT:
        raise PaymentRefused


def _store(attempt: _Attempt, prepay_id: str) -> None:
    """Keep the prepay_id. One statement, so it is a transaction by itself.

    An attempt that ended while WeChat was answering is to be closed at WeChat too.
    """
    stored = _STORE.first(db.session(), attempt_id=attempt.id, prepay_id=prepay_id)
    if stored is None or stored.status == "closed":
        raise PaymentUnavailable
