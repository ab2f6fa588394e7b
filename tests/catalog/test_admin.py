"""Staff keep the catalogue."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from mall.catalog.models import Category
from mall.catalog.taxonomy import create_category
from mall.kernel.db import db
from mall.kernel.money import MAX_FEN
from mall.staff.models import AuditEntry
from tests.support.catalog import make_category
from tests.support.http import Http, error_code
from tests.support.staff import make_staff

ADMIN = "/admin/api/v1"


def product(category: int, **change: Any) -> dict[str, Any]:
    return {
        "spu_code": "P1",
        "name": "荞麦枕头",
        "category_id": str(category),
        "spec_names": ["颜色"],
        "detail_html": "<p onclick=x>好</p><script>y</script>",
        "attributes": [{"name": "填充物", "value": "荞麦壳"}],
        "skus": [sku("P1-1", "红"), sku("P1-2", "蓝", price_fen=2000)],
        **change,
    }


def sku(code: str, value: str, **change: Any) -> dict[str, Any]:
    return {"sku_code": code, "spec_values": [value], "price_fen": 1000, **change}


def create(staff: Http, **change: Any) -> str:
    answer = staff.post(f"{ADMIN}/products", product(make_category("家"), **change))
    assert answer.status_code == 201, answer.get_json()
    return str(answer.get_json()["id"])


def audited() -> list[AuditEntry]:
    found = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    return list(found)


def test_a_product_from_birth_to_archive(http: Http, staff: Http) -> None:
    spu = create(staff)
    assert http.get(f"/api/v1/products/{spu}").status_code == 404, "it is born off the shelf"
    assert staff.put(f"{ADMIN}/products/{spu}/shelf", {"on_shelf": True}).get_json()["on_sale"]
    shown = http.get(f"/api/v1/products/{spu}").get_json()
    assert (shown["price_fen"], shown["max_price_fen"]) == (1000, 2000)
    assert shown["detail_html"] == "<p>好</p>"
    assert "cost_fen" not in shown["skus"][0]

    changed = product(
        int(shown["category_id"]), name="新枕头", skus=[sku("P1-1", "红", cost_fen=5)]
    )
    after = staff.put(f"{ADMIN}/products/{spu}", changed).get_json()
    assert [(s["sku_code"], s["enabled"]) for s in after["skus"]] == [
        ("P1-1", True),
        ("P1-2", False),
    ]
    shown = http.get(f"/api/v1/products/{spu}").get_json()
    assert (shown["name"], shown["max_price_fen"], len(shown["skus"])) == ("新枕头", 1000, 1)

    assert staff.delete(f"{ADMIN}/products/{spu}").status_code == 204
    assert http.get(f"/api/v1/products/{spu}").status_code == 404
    assert staff.get(f"{ADMIN}/products").get_json()["items"] == []
    assert len(staff.get(f"{ADMIN}/products", state="archived").get_json()["items"]) == 1
    trail = audited()
    assert [entry.action for entry in trail] == [
        "spu.create",
        "spu.shelf",
        "spu.update",
        "spu.archive",
    ]
    assert trail[2].before == {
        "name": "荞麦枕头",
        "skus": {"P1-1": {"cost_fen": None}, "P1-2": {"enabled": True}},
    }
    assert trail[2].after == {
        "name": "新枕头",
        "skus": {"P1-1": {"cost_fen": 5}, "P1-2": {"enabled": False}},
    }


def test_the_same_product_again_writes_nothing(staff: Http) -> None:
    spu = create(staff)
    same = product(make_category("家"))
    assert staff.put(f"{ADMIN}/products/{spu}", same).status_code == 200
    assert [entry.action for entry in audited()] == ["spu.create"]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"skus": [sku("P1-1", "红", price_fen=0)]}, 422, "validation_failed"),
        ({"skus": [sku("P1-1", "红", price_fen=-1)]}, 422, "validation_failed"),
        ({"skus": [sku("P1-1", "红", price_fen=MAX_FEN + 1)]}, 422, "validation_failed"),
        ({"skus": [sku("P1-1", "红", price_fen="10")]}, 422, "validation_failed"),
        ({"skus": [sku("P1-1", "红", price_fen=1.5)]}, 422, "validation_failed"),
        ({"skus": [sku("P1-1", "红", secret=1)]}, 422, "validation_failed"),
        ({"skus": []}, 422, "validation_failed"),
        ({"skus": [sku("P1 1", "红")]}, 422, "validation_failed"),
        ({"name": ""}, 422, "validation_failed"),
        ({"name": "长" * 101}, 422, "validation_failed"),
        ({"main_image": "javascript:x"}, 422, "validation_failed"),
        ({"category_id": "99999"}, 404, "category_not_found"),
        ({"brand_id": "99999"}, 404, "brand_not_found"),
        ({"spec_names": []}, 400, "specs_mismatch"),
        ({"skus": [sku("P1-1", "红"), sku("P1-2", "红")]}, 400, "spec_values_repeated"),
        ({"skus": [sku("P1-1", "红"), sku("P1-1", "蓝")]}, 409, "sku_code_taken"),
        ({"skus": [sku("TAKEN-1", "红")]}, 409, "sku_code_taken"),
        ({"spu_code": "TAKEN"}, 409, "spu_code_taken"),
    ],
    ids=str,
)
def test_a_faulty_product_is_refused_and_nothing_written(
    staff: Http, change: dict[str, Any], status: int, code: str
) -> None:
    create(staff, spu_code="TAKEN", skus=[sku("TAKEN-1", "红")])
    answer = staff.post(f"{ADMIN}/products", product(make_category("家"), **change))
    assert (answer.status_code, error_code(answer)) == (status, code)
    assert len(staff.get(f"{ADMIN}/products").get_json()["items"]) == 1


def test_emoji_and_a_list_price_below_the_price_are_taken(http: Http, staff: Http) -> None:
    spu = create(staff, name="枕头🛏️", skus=[sku("P1-1", "红", list_price_fen=500)])
    staff.put(f"{ADMIN}/products/{spu}/shelf", {"on_shelf": True})
    shown = http.get(f"/api/v1/products/{spu}").get_json()
    assert (shown["name"], shown["skus"][0]["list_price_fen"]) == ("枕头🛏️", None)
    kept = staff.get(f"{ADMIN}/products/{spu}").get_json()
    assert kept["skus"][0]["list_price_fen"] == 500


@pytest.mark.parametrize(
    ("shelf", "state"),
    [
        ({"on_shelf": True}, "on"),
        ({"on_shelf": True, "shelf_on_at": "2099-01-01T00:00:00+08:00"}, "scheduled"),
        ({"on_shelf": True, "shelf_off_at": "2020-01-01T00:00:00Z"}, "off"),
        ({"on_shelf": False}, "off"),
    ],
    ids=str,
)
def test_staff_see_the_state_of_the_shelf(staff: Http, shelf: dict[str, Any], state: str) -> None:
    spu = create(staff)
    staff.put(f"{ADMIN}/products/{spu}/shelf", shelf)
    for asked in ("on", "off", "scheduled"):
        found = staff.get(f"{ADMIN}/products", state=asked).get_json()["items"]
        assert len(found) == (asked == state), asked


@pytest.mark.parametrize(
    "shelf",
    [
        {
            "on_shelf": True,
            "shelf_on_at": "2030-01-02T00:00:00Z",
            "shelf_off_at": "2030-01-01T00:00:00Z",
        },
        {"on_shelf": True, "shelf_on_at": "2030-01-01T00:00:00"},
        {"on_shelf": "true"},
        {},
    ],
    ids=str,
)
def test_a_faulty_shelf_is_refused(staff: Http, shelf: dict[str, Any]) -> None:
    spu = create(staff)
    assert staff.put(f"{ADMIN}/products/{spu}/shelf", shelf).status_code in (400, 422)


def test_staff_find_by_name_and_code(staff: Http) -> None:
    create(staff)
    for text, hits in (("麦枕", 1), ("P1", 1), ("P1-2", 1), ("%", 0), ("x", 0)):
        assert len(staff.get(f"{ADMIN}/products", q=text).get_json()["items"]) == hits, text


def test_categories_move_without_cycles(staff: Http, app: Flask) -> None:
    top = create_category(name="一")
    middle = create_category(name="二", parent_id=top)
    low = create_category(name="三", parent_id=middle)
    url = f"{ADMIN}/categories"

    def put(which: int, parent: int | None, name: str = "新") -> str:
        body = {"name": name, "parent_id": None if parent is None else str(parent)}
        answer = staff.put(f"{url}/{which}", body)
        return "" if answer.status_code == 204 else error_code(answer)

    assert put(top, low) == "category_cycle"
    assert put(top, top) == "category_cycle"
    assert put(top, 99_999) == "category_not_found"
    assert put(99_999, None) == "category_not_found"
    other = create_category(name="别")
    assert put(top, other) == "category_too_deep"
    assert put(other, None, "一") == "category_name_taken"
    assert put(middle, other, "二") == ""
    path = db.session.scalar(select(Category.path).where(Category.id == low))
    assert path == f"/{other}/{middle}/{low}/"
    four = staff.post(url, {"name": "四", "parent_id": str(low)})
    assert error_code(four) == "category_too_deep"
    assert error_code(staff.delete(f"{url}/{middle}")) == "category_in_use"
    assert staff.delete(f"{url}/{low}").status_code == 204
    tree = staff.get(url).get_json()["items"]
    assert [(node["name"], len(node["children"])) for node in tree] == [("一", 0), ("别", 1)]


def test_brands(http: Http, staff: Http) -> None:
    url = f"{ADMIN}/brands"
    brand = staff.post(url, {"name": "山竹家"}).get_json()["id"]
    assert error_code(staff.post(url, {"name": "山竹家"})) == "brand_name_taken"
    assert staff.put(f"{url}/{brand}", {"name": "竹家", "description": "慢"}).status_code == 204
    assert http.get("/api/v1/brands").get_json()["items"][0]["name"] == "竹家"
    create(staff, brand_id=brand)
    assert error_code(staff.delete(f"{url}/{brand}")) == "brand_in_use"
    assert error_code(staff.put(f"{url}/99999", {"name": "x"})) == "brand_not_found"
    spare = staff.post(url, {"name": "备用"}).get_json()["id"]
    assert staff.delete(f"{url}/{spare}").status_code == 204
    actions = [entry.action for entry in audited()]
    assert actions == ["brand.create", "brand.update", "spu.create", "brand.create", "brand.delete"]


def test_a_renamed_brand_is_found_by_its_new_name(http: Http, staff: Http, work: Any) -> None:
    brand = staff.post(f"{ADMIN}/brands", {"name": "山竹"}).get_json()["id"]
    spu = create(staff, brand_id=brand)
    staff.put(f"{ADMIN}/products/{spu}/shelf", {"on_shelf": True})
    staff.put(f"{ADMIN}/brands/{brand}", {"name": "蓝莓"})
    work()
    assert len(http.get("/api/v1/products/search", q="蓝莓").get_json()["items"]) == 1
    assert http.get("/api/v1/products/search", q="山竹").get_json()["items"] == []


def test_reading_needs_and_gives_no_right_to_write(http: Http) -> None:
    reader = http.as_(make_staff("catalog:read"))
    assert reader.get(f"{ADMIN}/products").status_code == 200
    for answer in (
        reader.post(f"{ADMIN}/categories", {"name": "x"}),
        reader.delete(f"{ADMIN}/brands/1"),
        reader.put(f"{ADMIN}/products/1/shelf", {"on_shelf": True}),
    ):
        assert (answer.status_code, error_code(answer)) == (403, "not_permitted")
    assert http.get(f"{ADMIN}/products").status_code == 401
