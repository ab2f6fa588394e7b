"""Recording parcels over HTTP, as the staff does."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from werkzeug.test import TestResponse

from mall.kernel.db import db, transaction
from mall.orders.errors import OrderStateConflict
from mall.orders.models import Order, OrderLine
from mall.orders.participants import PARTICIPANTS, OrderParticipant
from mall.orders.refunding import cancel_refund, reserve_refund, settle_refund
from tests.support.features import installed
from tests.support.http import Http, error_code
from tests.support.shipping import TestOrder, make_paid_order, place_test_order
from tests.support.staff import make_staff
from tests.support.users import make_shopper


@pytest.fixture
def staff(http: Http) -> Http:
    return http.as_(make_staff("order:ship", "order:read"))


def ship(
    staff: Http, order: TestOrder, tracking_no: str = "SF1000001", *lines: tuple[int, int]
) -> TestResponse:
    body: dict[str, Any] = {"carrier_code": "ZTO", "tracking_no": tracking_no}
    if lines:
        body["lines"] = [{"line_id": str(line), "quantity": units} for line, units in lines]
    return staff.post(f"/admin/api/v1/orders/{order.order_no}/shipments", body)


def status_of(order: TestOrder) -> str:
    db.session.rollback()
    return str(db.session.scalar(select(Order.status).where(Order.id == order.id)))


def test_all_in_one_parcel_ships_the_order(staff: Http, http: Http) -> None:
    order = make_paid_order(2, 1)
    answer = ship(staff, order)
    assert answer.status_code == 201, answer.json
    (parcel,) = answer.json["items"]
    assert (parcel["number"], parcel["carrier_name"]) == (1, "中通快递")
    assert [line["quantity"] for line in parcel["lines"]] == [2, 1]
    assert parcel["upload_status"] == "pending"
    assert status_of(order) == "shipped"
    (seen,) = http.as_(order.token).get(f"/api/v1/orders/{order.order_no}/shipments").json["items"]
    assert seen == {key: value for key, value in parcel.items() if key != "upload_status"}


def test_an_order_ships_in_parts(staff: Http) -> None:
    order = make_paid_order(3, 1)
    first, second = order.line_ids
    assert ship(staff, order, "A0001", (first, 2)).status_code == 201
    assert status_of(order) == "paid"
    assert error_code(ship(staff, order, "A0002", (first, 2))) == "units_not_shippable"
    assert ship(staff, order, "A0002", (first, 1), (second, 1)).status_code == 201
    assert status_of(order) == "shipped"
    assert error_code(ship(staff, order, "A0003")) == "order_state"
    sent = db.session.scalars(
        select(OrderLine.shipped_quantity).where(OrderLine.order_id == order.id)
    ).all()
    assert sorted(sent) == [1, 3]


def test_a_refused_parcel_leaves_nothing(staff: Http) -> None:
    order = make_paid_order(2)
    other = make_paid_order(1)
    (line,), (strange,) = order.line_ids, other.line_ids
    good = {"carrier_code": "ZTO", "tracking_no": "A0001"}
    twice = [{"line_id": str(line), "quantity": 1}] * 2
    for change, code in (
        ({"lines": [{"line_id": str(line), "quantity": 3}]}, "units_not_shippable"),
        ({"lines": [{"line_id": str(strange), "quantity": 1}]}, "units_not_shippable"),
        ({"carrier_code": "NOBODY"}, "unknown_carrier"),
        ({"tracking_no": "x"}, "validation_failed"),
        ({"tracking_no": "12 34"}, "validation_failed"),
        ({"tracking_no": "运单1234"}, "validation_failed"),
        ({"lines": [{"line_id": str(line), "quantity": 0}]}, "validation_failed"),
        ({"lines": twice}, "validation_failed"),
        ({"lines": []}, "validation_failed"),
        ({"weight": 3}, "validation_failed"),
    ):
        answer = staff.post(f"/admin/api/v1/orders/{order.order_no}/shipments", {**good, **change})
        assert error_code(answer) == code, change
    for table in ("shipments", "shipping_reports", "audit_entries"):
        assert db.session.scalar(text(f"SELECT count(*) FROM {table}")) == 0


def test_the_same_parcel_twice_is_refused(staff: Http) -> None:
    order = make_paid_order(2)
    assert ship(staff, order, "A0001", (order.line_ids[0], 1)).status_code == 201
    again = ship(staff, order, "A0001", (order.line_ids[0], 1))
    assert error_code(again) == "parcel_already_recorded"
    assert status_of(order) == "paid"


def test_pressing_twice_with_one_key_ships_once(staff: Http) -> None:
    order = make_paid_order(2)
    path = f"/admin/api/v1/orders/{order.order_no}/shipments"
    body = {
        "carrier_code": "ZTO",
        "tracking_no": "A0001",
        "lines": [{"line_id": str(order.line_ids[0]), "quantity": 1}],
    }
    first, second = (staff.post(path, body, key="press-0001") for _ in range(2))
    assert first.data == second.data
    assert db.session.scalar(text("SELECT count(*) FROM shipments")) == 1


@pytest.mark.parametrize("paid", [True, False])
def test_only_what_is_paid_and_allowed_is_shipped(staff: Http, paid: bool) -> None:
    order = make_paid_order(1) if paid else place_test_order(1)
    with installed(lambda mall: mall.add(PARTICIPANTS, *([_Guard()] if paid else []))):
        answer = ship(staff, order)
    assert (answer.status_code, error_code(answer)) == (409, "order_state")
    missing = TestOrder(0, "0" * 20, 0, "", "", 0, [])
    assert ship(staff, missing).status_code == 404


class _Guard(OrderParticipant):
    name = "guard"

    def before_shipping(self, *_: object) -> None:
        raise OrderStateConflict


def test_units_that_are_refunded_or_being_refunded_stay(staff: Http) -> None:
    order = make_paid_order(3)
    (line,) = order.line_ids
    with transaction() as session:
        reserve_refund(session, order.order_no, [(line, 1, 9900)], 0, "staff")
    assert error_code(ship(staff, order, "A0001", (line, 3))) == "units_not_shippable"
    (parcel,) = ship(staff, order, "A0001").json["items"]
    assert [entry["quantity"] for entry in parcel["lines"]] == [2]
    assert status_of(order) == "paid", "the refund may yet fail, then its unit must leave"
    assert error_code(ship(staff, order, "A0002")) == "nothing_to_ship"
    with transaction() as session:
        cancel_refund(session, order.order_no, [(line, 1, 9900)], 0)
    assert ship(staff, order, "A0002").status_code == 201
    assert status_of(order) == "shipped"


def test_the_rest_refunded_ships_the_order(staff: Http, work: Any) -> None:
    order = make_paid_order(3)
    (line,) = order.line_ids
    ship(staff, order, "A0001", (line, 2))
    with transaction() as session:
        reserve_refund(session, order.order_no, [(line, 1, 9900)], 0, "staff")
        settle_refund(session, order.order_no, [(line, 1, 9900)], 0, in_all=[(line, 1, 9900)])
    assert status_of(order) == "shipped"
    row = db.session.execute(text("SELECT version, complete FROM shipping_reports")).one()
    assert tuple(row) == (1, False)
    db.session.execute(
        text("DELETE FROM procrastinate_jobs WHERE task_name = 'shipping.send_report'")
    )
    db.session.commit()
    work()
    row = db.session.execute(text("SELECT version, complete FROM shipping_reports")).one()
    assert tuple(row) == (2, True)


def test_a_parcel_is_corrected_once(staff: Http) -> None:
    order = make_paid_order(1)
    ship(staff, order, "A0001")
    path = f"/admin/api/v1/orders/{order.order_no}/shipments/1"
    mended = staff.put(path, {"carrier_code": "YTO", "tracking_no": "B0001"})
    assert (mended.json["items"][0]["carrier_name"], mended.json["items"][0]["tracking_no"]) == (
        "圆通速递",
        "B0001",
    )
    again = staff.put(path, {"carrier_code": "YTO", "tracking_no": "B0002"})
    assert (again.status_code, error_code(again)) == (409, "correction_used")
    missing = staff.put(path[:-1] + "2", {"carrier_code": "YTO", "tracking_no": "B0002"})
    assert error_code(missing) == "shipment_not_found"
    rows = db.session.execute(
        text(
            "SELECT action, before ->> 'tracking_no', after ->> 'tracking_no' FROM audit_entries"
            " ORDER BY id"
        )
    ).all()
    assert [tuple(row) for row in rows] == [
        ("order.ship", None, "A0001"),
        ("shipment.correct", "A0001", "B0001"),
    ]


def test_shipping_needs_its_permission(http: Http) -> None:
    order = make_paid_order(1)
    reader = http.as_(make_staff("order:read", "order:write"))
    assert ship(reader, order).status_code == 403
    assert ship(http.as_(order.token), order).status_code == 401
    assert reader.get(f"/admin/api/v1/orders/{order.order_no}/shipments").status_code == 200


def test_another_shoppers_parcels_are_not_found(http: Http) -> None:
    order = make_paid_order(1)
    _, stranger = make_shopper()
    answer = http.as_(stranger).get(f"/api/v1/orders/{order.order_no}/shipments")
    assert (answer.status_code, error_code(answer)) == (404, "order_not_found")


def test_an_order_has_at_most_fifteen_parcels(app: Flask, staff: Http) -> None:
    order = make_paid_order(20, price_fen=100)
    (line,) = order.line_ids
    for number in range(1, 15):
        assert ship(staff, order, f"A{number:04}", (line, 1)).status_code == 201
    assert error_code(ship(staff, order, "A0015", (line, 1))) == "too_many_parcels"
    assert ship(staff, order, "A0015").status_code == 201
    assert status_of(order) == "shipped"
