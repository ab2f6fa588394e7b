"""Changing the price of an unpaid order: what stands at WeChat under the old amount goes first.

A payment keeps its amount, so the order changes only while no attempt of it can be paid. One
that can be paid is queried and closed at WeChat, outside of transactions; then the order is
locked and looked at again. A payment that wins this race has paid the old price, and the change
is refused. The next payment is asked for at the new price.
"""

from __future__ import annotations

import structlog
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.failpoints import around_commit
from mall.orders.locking import LockedOrder, lock_order
from mall.orders.prices import OrderPrice, PriceChange, changed_price, read_price
from mall.orders.repricing import reprice
from mall.payments.errors import (
    OrderAlreadyPaid,
    OrderExpired,
    OrderIsClosing,
    OrderNotRepriceable,
    PaymentUnavailable,
    PaymentUnderWay,
)
from mall.payments.locking import is_closing, live_attempts
from mall.payments.payment_queries import query_attempt
from mall.wechat.errors import WechatError, code_of

TRIES = 3
"""A shopper may start paying again while the attempt before is closed."""

_log = structlog.get_logger("mall.payments")


def change_price(order_no: str, change: PriceChange, *, by: str, reason: str) -> None:
    """Change what an unpaid order costs; the same price again changes nothing.

    Errors: OrderNotFound, OrderAlreadyPaid, OrderNotRepriceable (closed), OrderExpired,
    OrderIsClosing, PaymentUnderWay, PaymentUnavailable (WeChat can't answer), and of the amounts
    NoSuchLine, PriceBeyondQuote, PriceBelowOneFen. Then nothing has changed, but the shopper
    may have to press "pay" again.
    """
    for _ in range(TRIES):
        with transaction() as session:
            order = lock_order(session, order_no)
            _check(session, order)
            price = _new_price(session, order, change)
            numbers = [attempt.out_trade_no for attempt in live_attempts(session, order.id)]
            if price is None:
                return
            if not numbers:
                around_commit(
                    session, "payments.before_price_commit", "payments.after_price_commit"
                )
                reprice(session, order, price, by=by, reason=reason)
                return
        for out_trade_no in numbers:
            _close_at_wechat(out_trade_no)
    raise PaymentUnderWay


def _check(session: Session, order: LockedOrder) -> None:
    if order.status in ("paid", "shipped", "completed"):
        raise OrderAlreadyPaid
    if order.status != "unpaid":
        raise OrderNotRepriceable
    if order.expired:
        raise OrderExpired
    if is_closing(session, order.id):
        raise OrderIsClosing


def _new_price(session: Session, order: LockedOrder, change: PriceChange) -> OrderPrice | None:
    """The price after the change; None when it is so already."""
    price = read_price(session, order.id)
    changed = changed_price(price, change)
    return None if changed == price else changed


def _close_at_wechat(out_trade_no: str) -> None:
    try:
        state = query_attempt(out_trade_no, close=True)
    except WechatError as fault:
        code = code_of(fault)
        _log.warning("changing a price needs WeChat", code=code, out_trade_no=out_trade_no)
        raise PaymentUnavailable from None
    if state == "paid":
        raise OrderAlreadyPaid
    if state == "open":
        raise PaymentUnderWay
