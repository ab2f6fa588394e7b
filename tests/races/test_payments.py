"""Everybody hears of one payment at once, everybody presses "pay" at once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

import pytest
import requests
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mall.kernel.db import constraint_of, db, transaction
from mall.kernel.outbound_jobs import run_outbound_call
from mall.orders.locking import LockedOrder, lock_own_order
from mall.orders.models import Order
from mall.payments import confirming, prepaying
from mall.payments.closing import cancel_order, close_due_orders
from mall.payments.confirming import confirm_payment
from mall.payments.errors import (
    OrderAlreadyPaid,
    OrderIsClosing,
    OrderNotPayable,
    PaymentUnavailable,
)
from mall.payments.locking import lock_attempt
from mall.payments.models import PaymentAttempt, Refund
from mall.payments.numbers import new_out_trade_no
from mall.payments.payment_queries import query_due_payments, query_now
from mall.payments.prepaying import start_payment
from mall.payments.refund_writing import REFUND_CALL
from mall.wechat.gateway import gateway
from mall.wechat.simulator.context import EXTENSION
from mall.wechat.simulator.envelopes import callback_envelope
from tests.support.inventory import Units, units
from tests.support.payments import PAY, Shop, assert_money_is_right
from tests.support.races import Rendezvous, together
from tests.support.servers import LiveServer

AT_ONCE = 12


@pytest.fixture
def shop(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> Shop:
    return Shop(app, simulator, work)


def unheard_of(shop: Shop) -> tuple[str, str]:
    """An order that is paid at WeChat while its callback is held back."""
    shop.fault(PAY, "drop")
    order_no = shop.order(2)
    out_trade_no = shop.approve(shop.start(order_no))
    shop.let_time_pass(1)
    return order_no, out_trade_no


def test_callbacks_sweeps_and_pages_at_once_are_one_payment(shop: Shop) -> None:
    order_no, _ = unheard_of(shop)
    order_id = _order_id(order_no)
    [notice] = shop.callbacks(PAY)
    world = shop.simulator.app.extensions[EXTENSION]

    def callback() -> int:
        envelope = callback_envelope(world, notice, "")
        answer = requests.post(
            envelope.url, data=envelope.body, headers=envelope.headers, timeout=30
        )
        return answer.status_code

    answers = together(
        shop.app,
        [callback] * 6 + [query_due_payments, query_due_payments, lambda: query_now(order_id)] * 2,
    )
    assert Counter(map(str, answers)) == {"204": 6, "None": 6}
    assert shop.status(order_no) == "paid"
    assert units(shop.sku_id) == Units(18, sold=2)
    assert_money_is_right(shop)


def test_one_of_many_confirmations_applies(shop: Shop) -> None:
    _, out_trade_no = unheard_of(shop)
    outcomes = together(shop.app, [_confirmation(shop, out_trade_no)] * AT_ONCE)
    assert Counter(outcomes) == {"applied": 1, "repeated": AT_ONCE - 1}
    assert_money_is_right(shop)


def test_control_without_the_lock_a_payment_is_applied_and_given_back(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, out_trade_no = unheard_of(shop)
    looked = threading.Barrier(2)

    def careless(session: Session, number: str) -> tuple[LockedOrder, PaymentAttempt] | None:
        found = lock_attempt(session, number)
        session.commit()  # lets go of the rows
        looked.wait()
        return found

    monkeypatch.setattr(confirming, "lock_attempt", careless)
    together(shop.app, [_confirmation(shop, out_trade_no)] * 2)
    with pytest.raises(AssertionError, match="I5"):
        assert_money_is_right(shop)


def _confirmation(shop: Shop, out_trade_no: str) -> Callable[[], object]:
    payment = gateway().pay.query_payment(out_trade_no)
    assert payment is not None

    def confirm() -> object:
        with transaction() as session:
            return confirm_payment(session, payment, source="query")

    return confirm


def _order_id(order_no: str) -> int:
    order_id: int = db.session.scalars(select(Order.id).where(Order.order_no == order_no)).one()
    db.session.remove()
    return order_id


def test_many_phones_press_pay_and_get_one_attempt(shop: Shop) -> None:
    order_no = shop.order()
    started = together(shop.app, [lambda: start_payment(shop.user_id, order_no)] * AT_ONCE)
    assert all(isinstance(one, prepaying.StartedPayment) for one in started), started
    assert len(shop.wechat_payments()) == 1
    last = started[0]
    assert isinstance(last, prepaying.StartedPayment)
    shop.approve(last.parameters)
    shop.settle_down()
    assert shop.status(order_no) == "paid"
    assert_money_is_right(shop)


def test_control_without_the_lock_the_unique_index_stops_the_second(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_no = shop.order()
    both_saw_none = Rendezvous(2)

    def careless(session: Session, user_id: int, number: str) -> LockedOrder:
        found = lock_own_order(session, user_id, number)
        session.commit()
        return found

    def number() -> str:
        both_saw_none()
        return new_out_trade_no()

    monkeypatch.setattr(prepaying, "lock_own_order", careless)
    monkeypatch.setattr(prepaying, "new_out_trade_no", number)
    started = together(shop.app, [lambda: start_payment(shop.user_id, order_no)] * 2)
    [fault] = [one for one in started if isinstance(one, IntegrityError)]
    assert constraint_of(fault) == "uq_payment_attempts_live_order"


def test_cancelling_sweeping_and_pressing_pay_at_once(shop: Shop) -> None:
    """However it goes, the order ends closed once, or can still be paid."""
    for _ in range(3):
        order_no = shop.order(2)

        def press(number: str = order_no) -> object:
            return start_payment(shop.user_id, number)

        def cancel_it(number: str = order_no) -> object:
            return cancel_order(shop.user_id, number)

        acts: list[Callable[[], object]] = [press, cancel_it, cancel_it, close_due_orders]
        outcomes = together(shop.app, acts * 2)
        refusals = [one for one in outcomes if isinstance(one, Exception)]
        expected = (OrderIsClosing, OrderNotPayable, OrderAlreadyPaid, PaymentUnavailable)
        assert all(isinstance(one, expected) for one in refusals), refusals
        shop.let_time_pass(1)
        shop.sweep()
        assert shop.status(order_no) == "closed"
        assert {p["state"] for p in shop.wechat_payments()} <= {"CLOSED"}
        assert units(shop.sku_id) == Units(20)
    assert_money_is_right(shop)


def test_one_refund_sent_by_many_workers_is_one_refund(shop: Shop) -> None:
    order_no = shop.bought(2)
    refund_no = shop.refund(order_no, 1).get_json()["refund_no"]
    refund_id = db.session.scalars(select(Refund.id).where(Refund.refund_no == refund_no)).one()
    db.session.remove()
    outcomes = together(shop.app, [lambda: run_outbound_call(REFUND_CALL, refund_id)] * 6)
    assert outcomes == [None] * 6
    shop.settle_down()
    assert shop.detail(order_no)["refunded_fen"] == 1234
    assert units(shop.sku_id) == Units(19, sold=1)
    assert_money_is_right(shop)
