"""Orders on hold: not in the list to ship, not to be sent by any way, and why."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from mall.kernel.db import transaction
from mall.orders.closing import close_unpaid
from mall.orders.errors import OrderOnHold
from mall.orders.fulfilling import deliver
from mall.orders.holding import HoldReason, hold, release
from mall.orders.locking import lock_order
from mall.orders.refunding import reserve_refund, settle_refund
from tests.support.freight import code_of, make_point
from tests.support.http import Http, error_code
from tests.support.invariants import rows_of
from tests.support.kinds import OTHER, SERVICE, TEAM, WAITS, Toy, open_team, place, toys
from tests.support.orders import (
    Buyer,
    buy,
    check_orders,
    lines_of,
    make_buyer,
    make_goods,
    order_of,
    pay,
    ship,
)
from tests.support.staff import make_staff

ADMIN = "/admin/api/v1/orders"
PARCEL = {"carrier_code": "ZTO", "tracking_no": "ZTO1234567"}


@pytest.fixture
def toy(app: Flask) -> Iterator[Toy]:
    with toys() as toy:
        yield toy


@pytest.fixture
def buyer(toy: Toy) -> Buyer:
    return make_buyer()


@pytest.fixture
def clerk(toy: Toy, http: Http) -> Http:
    permissions = ("order:read", "order:export", "order:ship", "pickup:write")
    return http.as_(make_staff(*permissions))


def held_order(buyer: Buyer, **choices: str) -> str:
    """A paid order that waits for its team."""
    order_no = place(buyer, {make_goods(): 2}, TEAM, f"team:{open_team()}", **choices).order_no
    pay(order_no)
    return order_no


def hold_it(order_no: str, reason: HoldReason = WAITS) -> bool:
    with transaction() as session:
        return hold(session, lock_order(session, order_no).id, reason)


def release_it(order_no: str, reason: HoldReason = WAITS) -> bool:
    with transaction() as session:
        return release(session, order_no, reason)


def numbers(answer: Any) -> set[str]:
    return {item["order_no"] for item in answer.get_json()["items"]}


def test_lists_and_filters_of_staff(clerk: Http, buyer: Buyer) -> None:
    held, normal = held_order(buyer), buy(buyer, {make_goods(): 1})
    unpaid = buy(buyer, {make_goods(): 1})
    service = place(buyer, {make_goods(): 1}, SERVICE).order_no
    for order_no in (normal, service):
        pay(order_no)
    everything = {held, normal, unpaid, service}
    for query, expected in (
        ({"to_ship": "true"}, {normal}),
        ({"to_ship": "false"}, everything - {normal}),
        ({"held": "true"}, {held}),
        ({"held": "false"}, everything - {held}),
        ({"kind": "team"}, {held}),
        ({"kind": "normal"}, {normal, unpaid}),
        ({"kind": "service", "to_ship": "true"}, set()),
        ({"held": "true", "status": "paid"}, {held}),
    ):
        assert numbers(clerk.get(ADMIN, **query)) == expected, query
    assert release_it(held)
    assert numbers(clerk.get(ADMIN, to_ship="true")) == {normal, held}


def test_shopper_and_staff_are_told_why(clerk: Http, http: Http, buyer: Buyer) -> None:
    order_no = held_order(buyer)
    me = http.as_(buyer.token)
    for who, path in ((me, "/api/v1/orders"), (clerk, ADMIN)):
        one = who.get(f"{path}/{order_no}").get_json()
        (listed,) = who.get(path).get_json()["items"]
        for shown in (one, listed):
            told = (shown["kind"], shown["hold_reason"], shown["hold_label"])
            assert told == ("team", "toy.waits", "等待成团")
    release_it(order_no)
    shown = me.get(f"/api/v1/orders/{order_no}").get_json()
    assert (shown["hold_reason"], shown["hold_label"]) == (None, None)


def test_the_export_knows_kind_and_hold(clerk: Http, buyer: Buyer) -> None:
    held_order(buyer)
    pay(buy(buyer, {make_goods(): 1}))
    answer = clerk.get(f"{ADMIN}/export", format="csv")
    rows = list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
    known = [(row["类型"], row["暂缓原因"]) for row in rows]
    assert known == [("普通订单", ""), ("测试团单", "等待成团")]
    answer = clerk.get(f"{ADMIN}/export", format="csv", held="true")
    assert answer.get_data(as_text=True).count("测试团单") == 1
    assert "普通订单" not in answer.get_data(as_text=True)


def test_it_isnt_sent_in_a_parcel(clerk: Http, buyer: Buyer) -> None:
    order_no = held_order(buyer)
    refused = clerk.post(f"{ADMIN}/{order_no}/shipments", PARCEL)
    assert (refused.status_code, error_code(refused)) == (409, "order_on_hold")
    assert "等待成团" in refused.get_json()["error"]["message"]
    assert [line.shipped_quantity for line in lines_of(order_no)] == [0]
    release_it(order_no)
    assert clerk.post(f"{ADMIN}/{order_no}/shipments", PARCEL).status_code == 201
    assert order_of(order_no).status == "shipped"
    check_orders()


def test_it_isnt_sent_by_a_sheet(app: Flask, buyer: Buyer) -> None:
    held, normal = held_order(buyer), buy(buyer, {make_goods(): 1})
    pay(normal)
    content = f"订单号,快递公司,运单号\n{held},ZTO,ZT0001\n{normal},ZTO,ZT0002\n"
    headers = {"Authorization": f"Bearer {make_staff('order:ship')}"}
    data = {"file": (io.BytesIO(content.encode("utf-8-sig")), "发货.csv")}
    with app.app_context(), app.test_client() as client:
        answer = client.post("/admin/api/v1/shipments/sheet", data=data, headers=headers)
    body = answer.get_json()
    assert (answer.status_code, body["shipped"], body["refused"]) == (200, 1, 1), body
    assert "等待成团" in answer.get_data(as_text=True)
    assert [order_of(one).status for one in (held, normal)] == ["paid", "shipped"]


def test_it_isnt_handed_out(clerk: Http, buyer: Buyer) -> None:
    point = make_point()
    order_no = held_order(buyer, freight=f"pickup:{point}")
    body = {"code": code_of(order_no), "point_id": str(point)}
    path = "/admin/api/v1/pickups/redemptions"
    refused = clerk.post(path, body)
    assert (refused.status_code, error_code(refused)) == (409, "order_on_hold")
    release_it(order_no)
    assert clerk.post(path, body).status_code in (200, 201), "the code wasn't used up"
    assert order_of(order_no).status == "completed"
    check_orders()


def test_it_isnt_delivered(buyer: Buyer) -> None:
    order_no = place(buyer, {make_goods(): 1}, SERVICE).order_no
    pay(order_no)
    assert hold_it(order_no)
    with pytest.raises(OrderOnHold), transaction() as session:
        deliver(session, lock_order(session, order_no), "test")
    assert order_of(order_no).status == "paid"


def test_only_its_own_reason_releases_it(buyer: Buyer) -> None:
    order_no = held_order(buyer)
    assert not hold_it(order_no, OTHER), "one reason at a time"
    assert not release_it(order_no, OTHER)
    assert order_of(order_no).hold_reason == "toy.waits"
    assert release_it(order_no)
    assert not release_it(order_no), "again changes nothing"
    assert hold_it(order_no, OTHER)
    with pytest.raises(ValueError, match="isn't declared"):
        hold_it(order_no, HoldReason("nobodys", "?"))


def close(order_no: str) -> None:
    with transaction() as session:
        assert close_unpaid(session, order_no, "expired")


def refund_all(order_no: str) -> None:
    lines = [(line.id, line.quantity, line.payable_fen) for line in lines_of(order_no)]
    fen = order_of(order_no).freight_fen
    with transaction() as session:
        reserve_refund(session, order_no, lines, fen, "staff")
        settle_refund(session, order_no, lines, fen, in_all=lines)


@pytest.mark.parametrize(("paid", "end"), [(False, close), (True, refund_all)])
def test_closing_ends_it(buyer: Buyer, paid: bool, end: Callable[[str], None]) -> None:
    order_no = place(buyer, {make_goods(): 2}, TEAM, f"team:{open_team()}").order_no
    if paid:
        pay(order_no)
    assert order_of(order_no).hold_reason == "toy.waits"
    end(order_no)
    order = order_of(order_no)
    assert (order.status, order.hold_reason) == ("closed", None)
    assert not hold_it(order_no)
    check_orders()


def test_what_was_sent_in_part_isnt_held_any_more(buyer: Buyer) -> None:
    order_no = buy(buyer, {make_goods(): 2})
    pay(order_no)
    (line,) = lines_of(order_no)
    ship(order_no, {line.id: 1})
    assert not hold_it(order_no)
    ship(order_no, {line.id: 1})
    assert not hold_it(order_no)
    assert order_of(order_no).hold_reason is None
    assert not rows_of("I14")
