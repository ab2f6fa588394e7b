"""A whole order through HTTP alone: everything that changes its price, then all of it back."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tests.support.aftersales import AfterSalesShop
from tests.support.http import Http
from tests.support.staff import make_staff

ADMIN = "/admin/api/v1"
FOREVER = {"starts_at": "2020-01-01T00:00:00+08:00", "ends_at": "2099-01-01T00:00:00+08:00"}
PARCEL = {"carrier_code": "SF", "tracking_no": "SF7654321"}


@pytest.fixture
def manager(app: Flask) -> Http:
    permissions = ("catalog:write", "stock:write", "stock:read", "promotion:write")
    return Http(app).as_(make_staff(*permissions, "promotion:read", "coupon:write"))


def made(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 201, answer.get_json()
    shown: dict[str, Any] = answer.get_json()
    return shown


def put_on_sale(manager: Http, price_fen: int, units: int) -> str:
    """A product of one SKU, made by staff: the SKU's id."""
    category = made(manager.post(f"{ADMIN}/categories", {"name": "床品"}))["id"]
    sku = {"sku_code": "BLANKET-1", "spec_values": [], "price_fen": price_fen}
    product = {
        "spu_code": "BLANKET",
        "name": "毯子",
        "category_id": category,
        "spec_names": [],
        "skus": [sku],
    }
    spu_id = made(manager.post(f"{ADMIN}/products", product))["id"]
    on = manager.put(f"{ADMIN}/products/{spu_id}/shelf", {"on_shelf": True})
    assert on.status_code in (200, 204), on.get_json()
    shown = manager.get(f"/api/v1/products/{spu_id}").get_json()
    sku_id = str(shown["skus"][0]["id"])
    movement = {"kind": "put_in", "quantity": units, "reason": "到货"}
    put = manager.post(f"{ADMIN}/stock/{sku_id}/movements", movement)
    assert put.status_code in (200, 201), put.get_json()
    return sku_id


def stock_of(manager: Http, sku_id: str) -> tuple[int, int, int]:
    """On sale, reserved, sold."""
    rows = manager.get(f"{ADMIN}/stock").get_json()["items"]
    (row,) = [row for row in rows if row["sku_id"] == sku_id]
    return row["sellable"], row["reserved"], row["sold"]


def returned(
    shop: AfterSalesShop, order_no: str, line: int, quantity: int, *, resellable: bool
) -> tuple[str, int]:
    """Units of a line are sent back and received: the after-sale and what it gives back."""
    number = shop.applied(order_no, quantity, line=line, kind="return_and_refund")
    shop.pressed(shop.clerk, number, "approval", {})
    shop.pressed(shop.shopper, number, "return-shipment", PARCEL)
    received = shop.pressed(shop.clerk, number, "receipt", {"resellable": resellable})
    shop.money_goes()
    return number, received["refund_fen"]


@pytest.mark.parametrize(("back_on_refund", "tab"), [(True, "usable"), (False, "used")])
def test_promotion_coupon_and_free_freight_paid_then_all_of_it_back(
    shop: AfterSalesShop, manager: Http, back_on_refund: bool, tab: str
) -> None:
    """3 × 12.34 and 33.33: 70.35, less 7.00 by 满减, less 5.00 by coupon, freight free."""
    first, second = str(shop.sku_id), put_on_sale(manager, 3_333, 5)
    cut = {"amount_off": {"steps": [{"from_fen": 7_000, "off_fen": 700}]}}
    cut_terms = {"name": "满减", "rule": cut, "max_orders": 1, **FOREVER}
    promotion_id = made(manager.post(f"{ADMIN}/promotions", cut_terms))["id"]
    free = {"name": "包邮", "rule": {"free_freight": {"from_fen": 5_800}}, **FOREVER}
    made(manager.post(f"{ADMIN}/promotions", free))
    template = {
        **{"name": "立减", "kind": "amount", "amount_fen": 500, "threshold_fen": 6_300},
        **{"way": "public", "valid_days": 7, "back_on_refund": back_on_refund},
    }
    template_id = made(manager.post(f"{ADMIN}/coupon-templates", template))["id"]
    coupon = made(shop.shopper.post(f"/api/v1/coupon-templates/{template_id}/claims"))["id"]

    lines = [{"sku_id": first, "quantity": 3}, {"sku_id": second, "quantity": 1}]
    body: dict[str, Any] = {"lines": lines, "address_id": str(shop.address_id)}
    body["choices"] = {"coupons": "best"}
    quote = shop.shopper.post("/api/v1/quotes", body).get_json()
    assert [(a["lane"], a["amount_fen"]) for a in quote["adjustments"]] == [
        ("PROMOTION", -700),
        ("COUPON", -500),
        ("FREIGHT", 1_000),
        ("FREIGHT", -1_000),
    ]
    # 700 × 3702 / 7035 = 368.4; then 500 × 3334 / 6335 = 263.1.
    assert [line["payable_fen"] for line in quote["lines"]] == [
        3_702 - 368 - 263,
        3_333 - 332 - 237,
    ]
    assert (quote["freight_fen"], quote["payable_fen"]) == (0, 5_835)
    body["expected_payable_fen"] = 5_835
    order_no = made(shop.shopper.post("/api/v1/orders", body))["order_no"]
    shop.pay(order_no)
    shop.work()
    assert shop.ship(order_no).status_code == 201
    assert (stock_of(manager, first), stock_of(manager, second)) == ((17, 0, 3), (4, 0, 1))
    assert coupons(shop, "used") == [coupon]
    shown = manager.get(f"{ADMIN}/promotions/{promotion_id}").get_json()
    assert (shown["paused"], shown["used_fen"], shown["used_orders"]) == ("budget", 700, 1)

    _, fen = returned(shop, order_no, 1, 1, resellable=False)
    order = shop.detail(order_no)
    assert (fen, order["refunded_fen"], order["status"]) == (2_764, 2_764, "shipped")
    assert stock_of(manager, second) == (4, 0, 0), "damaged: off the books"
    assert coupons(shop, "used") == [coupon], "the rest is still kept"

    shop.let_time_pass(2)
    _, fen = returned(shop, order_no, 0, 1, resellable=True)
    assert fen == 3_071 // 3
    shop.let_time_pass(2)
    shop.control("/refunds/policy", outcome="CLOSED")
    last, fen = returned(shop, order_no, 0, 2, resellable=True)
    assert fen == 3_071 - 3_071 // 3
    assert shop.after_sale(last)["status"] == "refunding"
    (stuck,) = shop.stuck()
    assert shop.retry(stuck).status_code == 200, "one press"
    shop.let_time_pass(2)  # WeChat wants a minute before the next number
    shop.sweep()
    shop.money_goes()

    assert shop.after_sale(last)["status"] == "refunded"
    order = shop.detail(order_no)
    assert (order["status"], order["refunded_fen"]) == ("closed", 5_835)
    assert [line["refunded_fen"] for line in order["lines"]] == [3_071, 2_764]
    assert shop.wechat_payments()[0]["refunded"] == 5_835
    assert (stock_of(manager, first), stock_of(manager, second)) == ((20, 0, 0), (4, 0, 0))
    assert coupons(shop, tab) == [coupon]
    shown = manager.get(f"{ADMIN}/promotions/{promotion_id}").get_json()
    assert (shown["state"], shown["used_fen"], shown["used_orders"]) == ("running", 0, 0)


def coupons(shop: AfterSalesShop, tab: str) -> list[str]:
    items = shop.shopper.get("/api/v1/coupons", tab=tab).get_json()["items"]
    return [coupon["id"] for coupon in items]
