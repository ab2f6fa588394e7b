"""A price is changed while the shopper pays, starts to pay, or cancels."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial

import pytest
import requests
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.errors import MallError
from mall.orders import repricing as orders_repricing
from mall.orders.locking import LockedOrder
from mall.orders.models import Order, OrderPriceChange
from mall.orders.prices import OrderPrice, PriceChange
from mall.payments import repricing
from mall.payments.closing import cancel_order
from mall.payments.errors import (
    OrderIsClosing,
    OrderNotRepriceable,
    PaymentUnavailable,
    PaymentUnderWay,
)
from mall.payments.models import PaymentAttempt
from mall.payments.prepaying import StartedPayment, start_payment
from mall.payments.repricing import change_price
from tests.support.invariants import rows_of
from tests.support.payments import Shop, assert_money_is_right
from tests.support.races import slow_writes, together, without_row_locks
from tests.support.servers import LiveServer

ORDERS = "/v3/pay/transactions/out-trade-no"
LESS_FEN, FREIGHT_FEN = 1000, 1000
OLD_FEN, NEW_FEN = 1234 + FREIGHT_FEN, LESS_FEN + FREIGHT_FEN


@pytest.fixture
def shop(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> Shop:
    return Shop(app, simulator, work)


def change_to(order_no: str, goods_fen: int = LESS_FEN) -> None:
    change_price(order_no, PriceChange(goods_payable_fen=goods_fen), by="clerk", reason="优惠")


def try_to_pay(shop: Shop, parameters: dict[str, str]) -> None:
    """The password is typed; WeChat may refuse by now."""
    requests.post(f"{shop.simulator.url}/_control/request-payment", json=parameters, timeout=10)


def paying_while_the_price_changes(shop: Shop, delay_s: float) -> tuple[str, str]:
    """One order, paid and repriced at once: its number, and what became of the change."""
    order_no = shop.order(1)
    payer = threading.Timer(delay_s, try_to_pay, [shop, shop.start(order_no)])
    payer.start()
    try:
        change_to(order_no)
        outcome = "changed"
    except MallError as refusal:
        outcome = refusal.code
    payer.join()
    shop.settle_down()
    return order_no, outcome


@pytest.mark.parametrize("delay_s", [0.0, 0.01, 0.02, 0.03])
def test_paid_at_the_old_price_or_changed_but_not_both(shop: Shop, delay_s: float) -> None:
    for _ in range(3):
        order_no, outcome = paying_while_the_price_changes(shop, delay_s)
        detail = shop.detail(order_no)
        found = (outcome, detail["status"], detail["payable_fen"], detail["paid_fen"])
        assert found in {
            ("changed", "unpaid", NEW_FEN, 0),
            ("order_already_paid", "paid", OLD_FEN, OLD_FEN),
        }
        assert shop.payments(order_no)["refunds"] == [], "nothing was paid in vain"
    assert_money_is_right(shop)


def test_control_without_closing_at_wechat_the_old_amount_is_paid_in_vain(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(_session: Session, _order_id: int) -> Sequence[PaymentAttempt]:
        return ()

    monkeypatch.setattr(repricing, "live_attempts", none)
    order_no, outcome = paying_while_the_price_changes(shop, 0.05)
    assert outcome == "changed"
    [refund] = shop.payments(order_no)["refunds"]
    assert refund["amount_fen"] == OLD_FEN


def pressing_pay_while_the_price_changes(shop: Shop) -> list[object]:
    order_no = shop.order(1)
    press = partial(start_payment, shop.user_id, order_no)
    calls: list[Callable[[], object]] = [press, press, partial(change_to, order_no), press]
    return list(together(shop.app, calls))


def test_what_can_be_paid_is_what_the_order_costs(shop: Shop) -> None:
    for _ in range(3):
        *started, changed, last = pressing_pay_while_the_price_changes(shop)
        assert changed is None or isinstance(changed, PaymentUnderWay), changed
        for one in (*started, last):
            assert isinstance(one, StartedPayment | PaymentUnavailable), one
    assert not rows_of("I5d")
    assert_money_is_right(shop)


def test_control_without_the_lock_an_old_amount_can_be_paid(shop: Shop) -> None:
    order_no = shop.order(1)
    press = partial(start_payment, shop.user_id, order_no)
    calls: list[Callable[[], object]] = [press, partial(change_to, order_no)]
    with without_row_locks("orders"), slow_writes("payment_attempts", of="INSERT"):
        together(shop.app, calls)
    assert rows_of("I5d")


def closing_while_the_price_changes(shop: Shop, order_no: str) -> list[object]:
    calls: list[Callable[[], object]] = [
        partial(cancel_order, shop.user_id, order_no),
        partial(change_to, order_no),
        partial(change_to, order_no, LESS_FEN - 100),
        partial(cancel_order, shop.user_id, order_no),
    ]
    return list(together(shop.app, calls))


def changed_after_closing(order_no: str) -> bool:
    with transaction() as session:
        late = (
            select(OrderPriceChange.id)
            .join(Order, Order.id == OrderPriceChange.order_id)
            .where(Order.order_no == order_no, OrderPriceChange.created_at > Order.closed_at)
        )
        return session.scalar(late) is not None


@pytest.mark.parametrize("slow", ["orders", "order_closings", "order_price_changes"])
def test_a_closed_order_keeps_its_price(shop: Shop, slow: str) -> None:
    order_no = shop.order(1)
    with slow_writes(slow, seconds=0.1):
        first, *changes, second = closing_while_the_price_changes(shop, order_no)
    assert (first, second) == ("closed", "closed")
    for outcome in changes:
        assert outcome is None or isinstance(outcome, OrderIsClosing | OrderNotRepriceable), outcome
    assert not changed_after_closing(order_no)
    assert_money_is_right(shop)


def test_control_without_lock_and_condition_a_closed_order_changes(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = threading.Event()

    def write_any(session: Session, order: LockedOrder, price: OrderPrice) -> None:
        closed.wait(5)
        session.execute(
            update(Order)
            .where(Order.id == order.id)
            .values(
                discount_fen=Order.goods_fen - price.goods_payable_fen,
                payable_fen=price.payable_fen,
            ),
            execution_options={"synchronize_session": False},
        )

    def close() -> None:
        cancel_order(shop.user_id, order_no)
        closed.set()

    monkeypatch.setattr(orders_repricing, "_write_totals", write_any)
    order_no = shop.order(1)
    calls: list[Callable[[], object]] = [partial(change_to, order_no), close]
    with without_row_locks("orders"), slow_writes("order_closings", seconds=0.1):
        assert together(shop.app, calls) == [None, None]
    assert changed_after_closing(order_no)


def test_two_changes_at_once_are_one_after_the_other(shop: Shop) -> None:
    order_no = shop.order(1)
    calls = [partial(change_to, order_no, LESS_FEN - n) for n in range(6)]
    assert together(shop.app, calls) == [None] * 6
    assert not rows_of("I13c")
    assert_money_is_right(shop)
