"""Sessions of each kind, from the staff's plan to the order, and what comes after the end."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from flask import Flask

from mall.flashsale import gate
from mall.flashsale.planning import jobs, running
from mall.flashsale.reconciliation.gate_state import gate_locations
from mall.kernel.db import transaction
from mall.orders.closing import close_unpaid
from tests.support.flash_orders import attempt, work_through
from tests.support.flashsale import armed_session, item_row, let_it_end, session_row
from tests.support.http import Http, error_code
from tests.support.inventory import Units, units
from tests.support.orders import Buyer, buy, check_orders, make_buyer, make_goods, order_of, pay
from tests.support.staff import make_staff

DEVICE = "phone-of-the-shopper"


class Phone:
    """A shopper's phone with a purchase token of the session."""

    def __init__(self, http: Http, buyer: Buyer, session_id: int) -> None:
        self.me, self.buyer = http.as_(buyer.token), buyer
        path = f"/api/v1/flash-sessions/{session_id}/passes"
        given = self.me.post(path, {"device": DEVICE})
        assert given.status_code == 201, given.get_json()
        self.headers = {"Flash-Pass": given.get_json()["pass"], "Flash-Device": DEVICE}

    def attempt(self, item_id: int, count: int = 1) -> Any:
        return self.me.call(
            "POST",
            f"/api/v1/flash-items/{item_id}/purchases",
            body={"units": count, "address_id": str(self.buyer.address_id)},
            headers={**self.headers, "Idempotency-Key": uuid.uuid4().hex},
        )

    def bought(self, item_id: int, count: int = 1) -> str:
        """The number of the order."""
        admitted = self.attempt(item_id, count)
        assert admitted.status_code == 202, admitted.get_json()
        work_through()
        end = self.me.get(f"/api/v1/flash-tickets/{admitted.get_json()['ticket']}").get_json()
        assert end["status"] == "ordered", end
        return str(end["order_no"])


def test_a_first_order_is_one_deal_for_somebody_new(app: Flask, http: Http) -> None:
    one = {"price_fen": 100, "limit_per_user": 1, "audience": "new_customers"}
    session_id, (first, second) = armed_session(one, one, kind="first_order")
    new, old = make_buyer(), make_buyer()
    pay(buy(old, {make_goods(): 1}))
    refused = Phone(http, old, session_id).attempt(first)
    assert (refused.status_code, error_code(refused)) == (403, "not_eligible")
    phone = Phone(http, new, session_id)
    order_no = phone.bought(first)
    assert order_of(order_no).goods_fen - order_of(order_no).discount_fen == 100
    refused = phone.attempt(second)
    assert (refused.status_code, error_code(refused)) == (409, "limit_reached")
    with transaction() as session:
        assert close_unpaid(session, order_no, "shopper")
    check_orders()


def test_who_has_paid_meanwhile_isnt_new(app: Flask, http: Http) -> None:
    one = {"price_fen": 100, "limit_per_user": 1, "audience": "new_customers"}
    session_id, (item_id,) = armed_session(one, kind="first_order")
    buyer = make_buyer()
    phone = Phone(http, buyer, session_id)
    pay(buy(buyer, {make_goods(): 1}))  # after the purchase token was given
    ticket = phone.attempt(item_id).get_json()["ticket"]
    work_through()
    end = phone.me.get(f"/api/v1/flash-tickets/{ticket}").get_json()
    assert (end["status"], end["reason"]) == ("failed", "not_eligible")
    assert gate_left(session_id) == [10]
    check_orders()


@pytest.mark.parametrize("price_fen", [19_900, 9_900])
def test_a_lucky_bag_may_cost_what_it_costs(app: Flask, http: Http, price_fen: int) -> None:
    bag = {"price_fen": price_fen, "contents": "茶、糖、杯三选一，各三分之一"}
    session_id, (item_id,) = armed_session(bag, kind="lucky_bag")
    order_no = Phone(http, make_buyer(), session_id).bought(item_id, 2)
    order = order_of(order_no)
    assert order.goods_fen - order.discount_fen == 2 * price_fen
    check_orders()


def test_a_limit_over_all_items(app: Flask, http: Http) -> None:
    session_id, (first, second) = armed_session({}, {}, limit_per_user=3)
    phone = Phone(http, make_buyer(), session_id)
    phone.bought(first, 2)
    refused = phone.attempt(second, 2)
    assert (refused.status_code, error_code(refused)) == (409, "limit_reached")
    phone.bought(second, 1)
    check_orders()


def test_figures_add_up(app: Flask, http: Http) -> None:
    session_id, (item_id,) = armed_session()
    paid, closed, waiting = (Phone(http, make_buyer(), session_id) for _ in range(3))
    pay(paid.bought(item_id, 2))
    with transaction() as session:
        assert close_unpaid(session, closed.bought(item_id), "expired")
    waiting.attempt(item_id)
    staff = http.as_(make_staff("flash:read"))
    (shown,) = staff.get(f"/admin/api/v1/flash-sessions/{session_id}/figures").get_json()["items"]
    counts = ("admitted", "ordered", "paid", "released", "failed", "left")
    assert [shown[name] for name in counts] == [4, 2, 2, 1, 0, 8]
    assert shown["gate"]["queued"] == 1


def test_after_the_end_units_go_to_the_shelf(app: Flask, http: Http) -> None:
    session_id, (item_id,) = armed_session()
    sku_id = item_row(item_id).sku_id
    phone, late = Phone(http, make_buyer(), session_id), make_buyer()
    order_no = phone.bought(item_id, 2)
    with transaction() as session:
        (where,) = gate_locations(session, session_id).values()
    attempt(where, late)
    let_it_end(session_id)
    jobs.end()
    assert session_row(session_id).settled_at is None, "a ticket is still on its way"
    running.settle(session_id)  # out of patience
    assert units(sku_id) == Units(8, 2)
    work_through()
    assert (item_row(item_id).sold, item_row(item_id).returned) == (2, 8)
    with transaction() as session:
        assert close_unpaid(session, order_no, "expired")
    assert units(sku_id) == Units(10)
    assert (item_row(item_id).sold, item_row(item_id).returned) == (0, 10)
    check_orders()


def gate_left(session_id: int) -> list[int]:
    with transaction() as session:
        places = gate_locations(session, session_id)
    parts = [part for where in places.values() for part in gate.figures(where)]
    return [part.left for part in parts if part]
