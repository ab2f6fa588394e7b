"""Stock over HTTP: what everybody sees, what staff change."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from mall.kernel.db import transaction
from mall.staff.models import AuditEntry
from tests.support.catalog import make_sku
from tests.support.http import Http, error_code
from tests.support.inventory import Units, stock, units
from tests.support.staff import make_staff


def test_everybody_sees_what_is_left_up_to_99(app: Flask, http: Http) -> None:
    many, few, none = stock(make_sku(), 250), stock(make_sku(), 3), make_sku()
    answer = http.get("/api/v1/stock", sku_ids=f"{many},{few},{none}")
    assert answer.get_json()["items"] == [
        {"sku_id": str(many), "in_stock": True, "left": 99},
        {"sku_id": str(few), "in_stock": True, "left": 3},
        {"sku_id": str(none), "in_stock": False, "left": 0},
    ]


@pytest.mark.parametrize(
    "sku_ids", ["", "0", "-1", "1.0", "x", "1;2", "1,", "9" * 20, ",".join(["1"] * 101), "1'--"]
)
def test_availability_takes_ids_only(app: Flask, http: Http, sku_ids: str) -> None:
    answer = http.get("/api/v1/stock", sku_ids=sku_ids)
    assert (answer.status_code, error_code(answer)) == (422, "validation_failed")


def test_staff_put_in_and_take_out(app: Flask, http: Http) -> None:
    sku = make_sku()
    clerk = http.as_(make_staff("stock:read", "stock:write"))
    path = f"/admin/api/v1/stock/{sku}/movements"
    body = {"kind": "put_in", "quantity": 12, "reason": "到货"}
    answer = clerk.post(path, body, key="delivery-1")
    assert answer.status_code == 201
    assert answer.get_json()["sellable"] == 12
    assert clerk.post(path, body, key="delivery-1").get_json() == answer.get_json()
    assert units(sku) == Units(sellable=12)

    clerk.post(path, {"kind": "take_out", "quantity": 5, "reason": "破损"})
    assert units(sku) == Units(sellable=7)
    refused = clerk.post(path, {"kind": "take_out", "quantity": 8, "reason": "盘亏"})
    assert (refused.status_code, error_code(refused)) == (409, "out_of_stock")

    shown = clerk.get(path, limit=1).get_json()
    assert [m["kind"] for m in shown["items"]] == ["take_out"]
    rest = clerk.get(path, cursor=shown["next_cursor"]).get_json()
    assert [(m["kind"], m["reason"]) for m in rest["items"]] == [("put_in", "到货")]
    assert rest["next_cursor"] is None


def test_a_correction_is_on_record(app: Flask, http: Http) -> None:
    sku = stock(make_sku(), 4)
    http.as_(make_staff("stock:write")).post(
        f"/admin/api/v1/stock/{sku}/movements",
        {"kind": "take_out", "quantity": 1, "reason": "样品"},
    )
    with transaction() as session:
        entry = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "stock.take_out")
        ).one()
    assert entry.target_id == str(sku)
    assert entry.before == {"put_in": 4, "sellable": 4}
    assert entry.after == {"put_in": 3, "sellable": 3, "quantity": 1, "reason": "样品"}


def test_the_stock_list_finds_what_runs_out(app: Flask, http: Http) -> None:
    scarce, plenty = stock(make_sku(), 2), stock(make_sku(), 50)
    clerk = http.as_(make_staff("stock:read"))
    found = clerk.get("/admin/api/v1/stock", sellable_at_most=10).get_json()
    assert [row["sku_id"] for row in found["items"]] == [str(scarce)]
    first = clerk.get("/admin/api/v1/stock", limit=1).get_json()
    second = clerk.get("/admin/api/v1/stock", limit=1, cursor=first["next_cursor"]).get_json()
    assert [p["items"][0]["sku_id"] for p in (first, second)] == [str(scarce), str(plenty)]
    one = clerk.get("/admin/api/v1/stock", sku_ids=str(plenty)).get_json()
    assert [row["sellable"] for row in one["items"]] == [50]


def test_the_stock_list_says_of_what_it_is_and_is_searched(app: Flask, http: Http) -> None:
    pillow = stock(make_sku(name="荞麦枕头", spec_values=("大号",)), 2)
    stock(make_sku(name="毛巾"), 50)
    clerk = http.as_(make_staff("stock:read"))
    (row,) = clerk.get("/admin/api/v1/stock", q="枕头").get_json()["items"]
    assert (row["sku_id"], row["name"], row["spec_values"]) == (str(pillow), "荞麦枕头", ["大号"])
    for begin in (row["sku_code"], row["spu_code"]):
        found = clerk.get("/admin/api/v1/stock", q=begin).get_json()["items"]
        assert str(pillow) in [one["sku_id"] for one in found]
    assert clerk.get("/admin/api/v1/stock", q="%").get_json()["items"] == []


BAD_MOVEMENTS: list[dict[str, Any]] = [
    {"kind": "put_in", "quantity": 0, "reason": "x"},
    {"kind": "put_in", "quantity": -1, "reason": "x"},
    {"kind": "put_in", "quantity": 1.0, "reason": "x"},
    {"kind": "put_in", "quantity": True, "reason": "x"},
    {"kind": "put_in", "quantity": "1", "reason": "x"},
    {"kind": "put_in", "quantity": 10**18, "reason": "x"},
    {"kind": "reserve", "quantity": 1, "reason": "x"},
    {"kind": "put_in", "quantity": 1, "reason": ""},
    {"kind": "put_in", "quantity": 1, "reason": "长" * 201},
    {"kind": "put_in", "quantity": 1},
    {"kind": "put_in", "quantity": 1, "reason": "x", "sold": 1},
]


@pytest.mark.parametrize("body", BAD_MOVEMENTS)
def test_a_bad_movement_moves_nothing(app: Flask, http: Http, body: dict[str, Any]) -> None:
    sku = stock(make_sku(), 5)
    answer = http.as_(make_staff("stock:write")).post(f"/admin/api/v1/stock/{sku}/movements", body)
    assert (answer.status_code, error_code(answer)) == (422, "validation_failed")
    assert units(sku) == Units(sellable=5)


def test_an_unknown_sku_has_no_stock(app: Flask, http: Http) -> None:
    answer = http.as_(make_staff("stock:write")).post(
        "/admin/api/v1/stock/999999/movements", {"kind": "put_in", "quantity": 1, "reason": "x"}
    )
    assert (answer.status_code, error_code(answer)) == (404, "sku_unknown")


def test_stock_is_for_staff_who_may(app: Flask, http: Http) -> None:
    sku = stock(make_sku(), 5)
    path = f"/admin/api/v1/stock/{sku}/movements"
    body = {"kind": "put_in", "quantity": 1, "reason": "x"}
    assert http.post(path, body).status_code == 401
    assert http.as_(make_staff("stock:read")).post(path, body).status_code == 403
    assert units(sku) == Units(sellable=5)
