"""The button "place order" pressed twenty times at once; a close that meets a payment."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from mall.kernel.db import db, db_now, transaction
from mall.kernel.http import idempotency
from mall.orders.closing import close_unpaid
from mall.orders.models import Order
from mall.orders.paying import mark_paid, place_again
from mall.orders.refunding import reserve_refund
from tests.support.http import Http
from tests.support.invariants import check_invariants
from tests.support.inventory import Units, units
from tests.support.orders import (
    Buyer,
    buy,
    check_orders,
    history_of,
    lines_of,
    make_buyer,
    make_goods,
    order_of,
    pay,
)
from tests.support.races import Rendezvous, slow_writes, together

PRESSES = 20


def press(app: Flask, buyer: Buyer, sku: int, key: str) -> TestResponse:
    body = {
        "lines": [{"sku_id": str(sku), "quantity": 1}],
        "address_id": str(buyer.address_id),
        "expected_payable_fen": 10_000,
    }
    return Http(app, buyer.token).post("/api/v1/orders", body, key=key)


def presses(app: Flask, sku: int, keys: list[str]) -> list[TestResponse]:
    buyer = make_buyer()
    outcomes = together(app, [partial(press, app, buyer, sku, key) for key in keys])
    faults = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert not faults
    return [outcome for outcome in outcomes if not isinstance(outcome, Exception)]


def orders_in_all() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Order)) or 0


def test_twenty_presses_with_one_key_are_one_order(app: Flask) -> None:
    sku = make_goods(100, 10_000)
    answers = presses(app, sku, ["the-one-press"] * PRESSES)
    statuses = Counter(answer.status_code for answer in answers)
    assert set(statuses) <= {201, 409}
    placed = [answer for answer in answers if answer.status_code == 201]
    assert len({answer.get_data() for answer in placed}) == 1
    assert sum("Idempotent-Replay" not in answer.headers for answer in placed) == 1
    codes = {answer.get_json()["error"]["code"] for answer in answers if answer not in placed}
    assert codes <= {"request_in_flight"}
    assert orders_in_all() == 1
    assert units(sku) == Units(sellable=99, reserved=1)
    check_invariants()


def test_control_with_a_key_each_there_are_twenty(app: Flask) -> None:
    sku = make_goods(100, 10_000)
    answers = presses(app, sku, [f"press-{n:04}" for n in range(PRESSES)])
    assert {answer.status_code for answer in answers} == {201}
    assert orders_in_all() == PRESSES
    check_invariants()


def test_control_without_the_lock_the_table_still_refuses_a_second(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gate is taken away: everybody works, the primary key of the kept answer decides."""
    monkeypatch.setattr(idempotency, "_claim", lambda *_: None)
    sku = make_goods(100, 10_000)
    with slow_writes("idempotency_records", of="INSERT", seconds=0.3):
        answers = presses(app, sku, ["the-one-press"] * 5)
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    assert orders_in_all() == 1
    assert units(sku) == Units(sellable=99, reserved=1)
    check_invariants()


def test_control_without_lock_and_table_there_are_several(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "_claim", lambda *_: None)
    monkeypatch.setattr(idempotency, "_keep", lambda *_: None)
    presses(app, make_goods(100, 10_000), ["the-one-press"] * 5)
    assert orders_in_all() == 5


def close(order_no: str) -> bool:
    with transaction() as session:
        return close_unpaid(session, order_no, "expired")


def paid(order_no: str, payable_fen: int) -> bool:
    with transaction() as session:
        return mark_paid(session, order_no, payable_fen, db_now(session))


def test_of_closing_and_paying_exactly_one_wins(app: Flask) -> None:
    buyer, sku = make_buyer(), make_goods(100)
    order_no = buy(buyer, {sku: 2})
    payable_fen = order_of(order_no).payable_fen
    calls = [partial(close, order_no), partial(paid, order_no, payable_fen)] * 5
    outcomes = together(app, calls)
    assert sorted(map(str, outcomes)) == ["False"] * 9 + ["True"]
    order = order_of(order_no)
    assert len(history_of(order_no)) == 2
    assert units(sku) == (Units(100) if order.status == "closed" else Units(98, sold=2))
    check_orders()


def again(order_no: str) -> str | None:
    with transaction() as session:
        order = place_again(session, order_no)
        return order.order_no if order else None


def test_a_closed_order_is_replaced_once(app: Flask) -> None:
    buyer, sku = make_buyer(), make_goods(100)
    order_no = buy(buyer, {sku: 2})
    close(order_no)
    outcomes = together(app, [partial(again, order_no)] * 8)
    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert sum(outcome is not None for outcome in outcomes) == 1
    assert units(sku) == Units(98, sold=2)
    check_orders()


def refund(order_no: str, line_id: int) -> int:
    with transaction() as session:
        return reserve_refund(session, order_no, [(line_id, 1, 1000)], 0, "staff")


def test_refunds_at_once_stay_within_what_was_paid(app: Flask) -> None:
    buyer, sku = make_buyer(), make_goods(100, 1000)
    order_no = buy(buyer, {sku: 3})
    pay(order_no)
    outcomes = together(app, [partial(refund, order_no, lines_of(order_no)[0].id)] * 10)
    assert sum(outcome == 1000 for outcome in outcomes) == 3
    assert order_of(order_no).refunding_fen == 3000
    check_orders()


def careless_refund(order_no: str, others: Rendezvous) -> None:
    with transaction() as session:
        order = session.scalars(select(Order).where(Order.order_no == order_no)).one()
        if order.refunding_fen + 1000 <= 3000:
            others()
            order.refunding_fen = Order.refunding_fen + 1000
            session.flush()


def test_control_reading_before_writing_refunds_too_much(app: Flask) -> None:
    buyer, sku = make_buyer(), make_goods(100, 1000)
    order_no = buy(buyer, {sku: 20})
    pay(order_no)
    together(app, [partial(careless_refund, order_no, Rendezvous(10))] * 10)
    assert order_of(order_no).refunding_fen > 3000
