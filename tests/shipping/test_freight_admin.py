"""Freight templates and pick-up points through the staff's routes, and who may."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from mall.kernel.db import db
from mall.staff.models import AuditEntry, StaffMember
from tests.support.freight import make_freight_template, order_to_collect, spu_of, zone
from tests.support.http import Http, error_code
from tests.support.orders import make_buyer, make_goods
from tests.support.staff import make_staff
from tests.support.users import WEST_LAKE, make_regions

TEMPLATES = "/admin/api/v1/freight-templates"
POINTS = "/admin/api/v1/pickup-points"
ZONE = {"regions": [], "first_fen": 800, "further_fen": 200}
POINT = {"name": "西湖店", "region_code": WEST_LAKE, "location": "文三路 1 号"}


@pytest.fixture
def staff(app: Flask, http: Http) -> Http:
    make_regions()
    return http.as_(make_staff("freight:read", "freight:write", "order:read"))


def body(*zones: dict[str, Any], **values: Any) -> dict[str, Any]:
    return {"name": "普通", "basis": "piece", "zones": list(zones) or [ZONE], **values}


def actions() -> list[str]:
    return list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_a_templates_life(staff: Http) -> None:
    made = staff.post(TEMPLATES, body({**ZONE, "regions": ["330000"]}, ZONE, is_default=True))
    path = f"{TEMPLATES}/{made.get_json()['id']}"
    shown = staff.get(path).get_json()
    assert [found["regions"] for found in shown["zones"]] == [["330000"], []]
    assert shown["zones"][0]["first_fen"] == 800
    changed = staff.put(path, body({**ZONE, "first_fen": 1200}, name="大件", basis="weight"))
    assert changed.status_code == 200
    assert (changed.get_json()["name"], changed.get_json()["is_default"]) == ("大件", False)
    assert [item["name"] for item in staff.get(TEMPLATES).get_json()["items"]] == ["大件"]
    assert staff.delete(path).status_code == 204
    assert error_code(staff.get(path)) == "freight_template_not_found"
    assert actions() == [f"freight_template.{verb}" for verb in ("create", "update", "delete")]
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()[1]
    assert entry.before is not None
    assert entry.after is not None
    assert (entry.before["zones"][0]["regions"], entry.after["name"]) == (["330000"], "大件")


def test_one_template_is_the_default(staff: Http) -> None:
    first = staff.post(TEMPLATES, body(is_default=True)).get_json()["id"]
    second = staff.post(TEMPLATES, body(name="另一", is_default=True)).get_json()["id"]
    shown = {t["id"]: t["is_default"] for t in staff.get(TEMPLATES).get_json()["items"]}
    assert shown == {first: False, second: True}
    assert error_code(staff.post(TEMPLATES, body())) == "freight_template_name_taken"


@pytest.mark.parametrize(
    "zones",
    [
        [ZONE, ZONE],
        [{**ZONE, "regions": ["330000"]}, {**ZONE, "regions": ["330000"]}],
        [{**ZONE, "deliverable": False}],
        [{**ZONE, "regions": ["999999"]}],
        [{**ZONE, "regions": ["浙江省"]}],
        [{**ZONE, "first_fen": -1}],
        [{**ZONE, "further_units": 0}],
    ],
)
def test_templates_that_make_no_sense(staff: Http, zones: list[dict[str, Any]]) -> None:
    assert staff.post(TEMPLATES, body(*zones)).status_code == 422
    assert actions() == []


def test_products_get_and_lose_a_template(staff: Http) -> None:
    one, other = make_freight_template(zone()), make_freight_template(zone())
    spu = str(spu_of(make_goods()))
    path = f"{TEMPLATES}/{one}/products"
    assert staff.post(path, {"product_ids": [spu]}).status_code == 204
    assert [item["id"] for item in staff.get(path).get_json()["items"]] == [spu]
    assert error_code(staff.delete(f"{TEMPLATES}/{one}")) == "freight_template_in_use"
    refused = staff.post(path, {"product_ids": [spu, "987654321"]})
    assert (refused.status_code, error_code(refused)) == (422, "unknown_products")
    assert staff.post(f"{TEMPLATES}/{other}/products", {"product_ids": [spu]}).status_code == 204
    assert staff.get(path).get_json()["items"] == []
    assert staff.delete(f"{TEMPLATES}/{other}/products/{spu}").status_code == 204
    assert staff.get(f"{TEMPLATES}/{other}/products").get_json()["items"] == []
    assert error_code(staff.post(f"{TEMPLATES}/987654321/products", {"product_ids": [spu]})) == (
        "freight_template_not_found"
    )


def test_a_points_life(staff: Http) -> None:
    made = staff.post(POINTS, POINT)
    path = f"{POINTS}/{made.get_json()['id']}"
    assert error_code(staff.post(POINTS, POINT)) == "pickup_point_name_taken"
    changed = staff.put(path, {**POINT, "name": "文三店", "is_open": False})
    assert (changed.get_json()["name"], changed.get_json()["is_open"]) == ("文三店", False)
    clerk = str(db.session.scalars(select(StaffMember.id)).first())
    bound = staff.put(f"{path}/staff", {"staff_ids": [clerk]})
    assert bound.get_json()["staff_ids"] == [clerk]
    unknown = staff.put(f"{path}/staff", {"staff_ids": ["987654321"]})
    assert (unknown.status_code, error_code(unknown)) == (422, "unknown_staff")
    assert staff.delete(path).status_code == 204
    assert error_code(staff.get(path)) == "pickup_point_not_found"
    verbs = ("create", "update", "bind_clerks", "delete")
    assert actions() == [f"pickup_point.{verb}" for verb in verbs]
    assert staff.post(POINTS, {**POINT, "region_code": "330100"}).status_code == 422


def test_a_point_that_orders_name_stays(staff: Http, http: Http) -> None:
    point = int(staff.post(POINTS, POINT).get_json()["id"])
    buyer = make_buyer()
    order_no, code = order_to_collect(buyer, point)
    assert error_code(staff.delete(f"{POINTS}/{point}")) == "pickup_point_in_use"
    listed = staff.get("/admin/api/v1/pickups", status="waiting", point_id=str(point))
    assert [item["order_no"] for item in listed.get_json()["items"]] == [order_no]
    assert code not in listed.get_data(as_text=True)
    assert staff.get("/admin/api/v1/pickups", status="void").get_json()["items"] == []
    shopper = http.as_(buyer.token)
    shown = [item["id"] for item in shopper.get("/api/v1/pickup-points").get_json()["items"]]
    assert shown == [str(point)]
    staff.put(f"{POINTS}/{point}", {**POINT, "is_open": False})
    assert shopper.get("/api/v1/pickup-points").get_json()["items"] == []


def test_lists_come_in_pages(staff: Http) -> None:
    ids = [make_freight_template(zone()) for _ in range(3)]
    first = staff.get(TEMPLATES, limit=2).get_json()
    rest = staff.get(TEMPLATES, limit=2, cursor=first["next_cursor"]).get_json()
    assert [int(t["id"]) for t in first["items"] + rest["items"]] == ids[::-1]
    assert rest["next_cursor"] is None


def test_reading_isnt_writing(app: Flask, http: Http) -> None:
    reader = http.as_(make_staff("freight:read"))
    assert reader.get(TEMPLATES).status_code == 200
    assert reader.post(TEMPLATES, body()).status_code == 403
    assert reader.post(POINTS, POINT).status_code == 403
    redemption = {"code": "0" * 12, "point_id": "1"}
    answer = reader.post("/admin/api/v1/pickups/redemptions", redemption)
    assert answer.status_code == 403
