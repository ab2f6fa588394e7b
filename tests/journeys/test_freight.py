"""Freight and picking up through HTTP: staff keep templates and points, shoppers buy."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from flask import Flask

from tests.support.catalog import make_sku
from tests.support.freight import spu_of
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants
from tests.support.inventory import stock
from tests.support.servers import LiveServer
from tests.support.staff import make_staff
from tests.support.users import WEST_LAKE, make_regions
from tests.support.wechat import control, login_code

ADMIN = "/admin/api/v1"
HOME = {
    "receiver": "张三",
    "phone": "13812345678",
    "region_code": WEST_LAKE,
    "detail": "文三路 1 号",
}


@pytest.fixture
def wechat(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> Iterator[LiveServer]:
    control(simulator, "/reset")
    control(simulator, "/settings", mall_url=live_mall.url, time_scale=0.01)
    yield simulator
    control(simulator, "/wait", seconds=5)
    work()
    check_invariants()
    control(simulator, "/reset")


@pytest.fixture
def staff(app: Flask, http: Http) -> Http:
    make_regions()
    return http.as_(
        make_staff("freight:read", "freight:write", "pickup:write", "order:ship", "refund:write")
    )


@pytest.fixture
def shopper(http: Http, wechat: LiveServer, staff: Http) -> Http:
    code, _ = login_code(wechat)
    return http.as_(http.post("/api/v1/sessions", {"code": code}).get_json()["token"])


def goods(price_fen: int, **values: Any) -> str:
    return str(stock(make_sku(price_fen, **values), 100))


def template(staff: Http, name: str, basis: str, *zones: dict[str, Any], **more: Any) -> str:
    made = staff.post(
        f"{ADMIN}/freight-templates", {"name": name, "basis": basis, "zones": list(zones), **more}
    )
    assert made.status_code == 201, made.get_json()
    return str(made.get_json()["id"])


def give(staff: Http, template_id: str, *skus: str) -> None:
    products = [str(spu_of(int(sku))) for sku in skus]
    path = f"{ADMIN}/freight-templates/{template_id}/products"
    assert staff.post(path, {"product_ids": products}).status_code == 204


def wanted(shopper: Http, lines: dict[str, int], **more: Any) -> dict[str, Any]:
    address_id = shopper.post("/api/v1/addresses", HOME).get_json()["id"]
    bought = [{"sku_id": sku, "quantity": quantity} for sku, quantity in lines.items()]
    return {"lines": bought, "address_id": address_id, **more}


def buy(shopper: Http, wechat: LiveServer, work: Callable[[], None], body: dict[str, Any]) -> str:
    """Order at the total of the quote and pay for it: the order's number."""
    payable_fen = shopper.post("/api/v1/quotes", body).get_json()["payable_fen"]
    placed = shopper.post("/api/v1/orders", {**body, "expected_payable_fen": payable_fen})
    assert placed.status_code == 201, placed.get_json()
    order_no: str = placed.get_json()["order_no"]
    started = shopper.post(f"/api/v1/orders/{order_no}/payment").get_json()
    control(wechat, "/request-payment", **started["parameters"])
    settle(wechat, work)
    assert shopper.get(f"/api/v1/orders/{order_no}").get_json()["status"] == "paid"
    return order_no


def settle(wechat: LiveServer, work: Callable[[], None]) -> None:
    for _ in range(2):
        work()
        control(wechat, "/wait", seconds=5)
    work()


def test_a_line_that_nothing_is_sent_to_is_told_in_the_quote_and_refused(
    shopper: Http, staff: Http
) -> None:
    fresh, dry = goods(3000, name="鲜奶"), goods(2000, name="饼干")
    here = {"regions": [WEST_LAKE], "deliverable": False}
    give(staff, template(staff, "冷链", "piece", here, {"regions": [], "first_fen": 1500}), fresh)
    body = wanted(shopper, {fresh: 1, dry: 1})
    quote = shopper.post("/api/v1/quotes", body).get_json()
    told = {line["sku_id"]: line["obstacle"] for line in quote["lines"]}
    assert told[dry] is None
    assert told[fresh] == {"code": "undeliverable", "message": "部分商品无法配送到该地区"}
    refused = shopper.post("/api/v1/orders", {**body, "expected_payable_fen": quote["payable_fen"]})
    assert (refused.status_code, error_code(refused)) == (409, "undeliverable")
    assert shopper.get("/api/v1/orders").get_json()["items"] == []
    without = shopper.post("/api/v1/quotes", {"lines": body["lines"]}).get_json()
    assert without["freight_fen"] == 1500 + 1000, "no region yet: the price of everywhere else"
    assert all(line["obstacle"] is None for line in without["lines"])


def test_mixed_templates_cost_what_the_quote_says(
    shopper: Http, staff: Http, wechat: LiveServer, work: Callable[[], None]
) -> None:
    small = goods(1990)
    heavy = goods(2990, weight_g=1600)
    bulky = goods(990, volume_cm3=30_000)
    free = goods(4990)
    everywhere = {"regions": [], "first_fen": 600, "further_fen": 150}
    near = {"regions": ["330100"], "first_fen": 500, "further_fen": 100}
    template(staff, "普通", "piece", everywhere, near, {"regions": ["330000"]}, is_default=True)
    kilos = {"first_units": 1000, "first_fen": 800, "further_units": 500, "further_fen": 250}
    give(staff, template(staff, "重货", "weight", {"regions": [], **kilos}), heavy)
    litres = {"first_units": 20_000, "first_fen": 1000, "further_units": 10_000, "further_fen": 333}
    give(staff, template(staff, "大件", "volume", {"regions": ["330106"], **litres}), bulky)
    limit = {"regions": [], "first_fen": 900, "free_from_fen": 9980}
    give(staff, template(staff, "包邮", "piece", limit), free)

    body = wanted(shopper, {small: 3, heavy: 2, bulky: 2, free: 2})
    quote = shopper.post("/api/v1/quotes", body).get_json()
    labels = {a["label"]: a["amount_fen"] for a in quote["adjustments"]}
    assert labels == {
        "运费（普通）": 500 + 2 * 100,  # the city's zone, not the province's free one
        "运费（重货）": 800 + 5 * 250,  # 3200 g: 1000 and five lots of 500 begun
        "运费（大件）": 1000 + 4 * 333,  # 60 l: 20 and four lots of 10
    }
    goods_fen = 3 * 1990 + 2 * 2990 + 2 * 990 + 2 * 4990
    assert quote["freight_fen"] == 700 + 2050 + 2332
    assert quote["payable_fen"] == goods_fen + 5082
    order_no = buy(shopper, wechat, work, body)
    order = shopper.get(f"/api/v1/orders/{order_no}").get_json()
    assert (order["freight_fen"], order["paid_fen"]) == (5082, goods_fen + 5082)


def test_an_order_is_collected_once_at_its_point(
    shopper: Http, staff: Http, wechat: LiveServer, work: Callable[[], None]
) -> None:
    point, other = (
        staff.post(
            f"{ADMIN}/pickup-points",
            {"name": name, "region_code": WEST_LAKE, "location": "文三路 1 号"},
        ).get_json()["id"]
        for name in ("西湖店", "滨江店")
    )
    body = wanted(shopper, {goods(2500, name="茶杯"): 2}, choices={"freight": f"pickup:{point}"})
    quote = shopper.post("/api/v1/quotes", body).get_json()
    assert (quote["freight_fen"], quote["payable_fen"]) == (0, 5000)
    order_no = buy(shopper, wechat, work, body)
    ticket = shopper.get(f"/api/v1/orders/{order_no}/pickup").get_json()
    assert (ticket["status"], ticket["point"]["name"]) == ("waiting", "西湖店")
    assert re.fullmatch(r"[0-9]{12}", ticket["code"])

    redemptions = f"{ADMIN}/pickups/redemptions"
    wrong = staff.post(redemptions, {"code": ticket["code"], "point_id": other})
    assert (wrong.status_code, error_code(wrong)) == (409, "pickup_elsewhere")
    parcel = {"carrier_code": "ZTO", "tracking_no": "ZTO20002"}
    sent = staff.post(f"{ADMIN}/orders/{order_no}/shipments", parcel)
    assert error_code(sent) == "order_is_collected"

    right = {"code": ticket["code"], "point_id": point}
    first = staff.post(redemptions, right, key="press-0001")
    assert first.status_code == 201
    assert [(i["name"], i["quantity"]) for i in first.get_json()["items"]] == [("茶杯", 2)]
    again = staff.post(redemptions, right, key="press-0001")
    assert again.get_json() == first.get_json(), "the same press has the same answer"
    second = staff.post(redemptions, right)
    assert (second.status_code, error_code(second)) == (409, "pickup_code_used")

    assert shopper.get(f"/api/v1/orders/{order_no}").get_json()["status"] == "completed"
    ticket = shopper.get(f"/api/v1/orders/{order_no}/pickup").get_json()
    assert (ticket["status"], ticket["code"]) == ("redeemed", None)
    settle(wechat, work)
    (known,) = requests.get(f"{wechat.url}/_control/shipments", timeout=10).json()["shipments"]
    (upload,) = known["uploads"]
    assert upload["logistics_type"] == 4
    assert upload["shipping_list"] == [{"item_desc": "茶杯×2"}]


def test_a_refund_before_picking_up_voids_the_code(
    shopper: Http, staff: Http, wechat: LiveServer, work: Callable[[], None]
) -> None:
    draft = {"name": "西湖店", "region_code": WEST_LAKE, "location": "文三路 1 号"}
    point = staff.post(f"{ADMIN}/pickup-points", draft).get_json()["id"]
    body = wanted(shopper, {goods(2500): 1}, choices={"freight": f"pickup:{point}"})
    order_no = buy(shopper, wechat, work, body)
    code = shopper.get(f"/api/v1/orders/{order_no}/pickup").get_json()["code"]
    assert shopper.post(f"/api/v1/orders/{order_no}/cancellation").status_code == 409
    (line,) = shopper.get(f"/api/v1/orders/{order_no}").get_json()["lines"]
    asked = staff.post(
        f"{ADMIN}/orders/{order_no}/refunds",
        {
            "lines": [{"line_id": line["id"], "quantity": 1, "amount_fen": 2500}],
            "freight_fen": 0,
            "reason": "不要了",
        },
    )
    assert asked.status_code in (201, 202), asked.get_json()
    redemption = {"code": code, "point_id": point}
    early = staff.post(f"{ADMIN}/pickups/redemptions", redemption)
    assert error_code(early) in ("refund_under_way", "pickup_code_void")
    settle(wechat, work)
    late = staff.post(f"{ADMIN}/pickups/redemptions", redemption)
    assert (late.status_code, error_code(late)) == (409, "pickup_code_void")
    ticket = shopper.get(f"/api/v1/orders/{order_no}/pickup").get_json()
    assert (ticket["status"], ticket["code"]) == ("void", None)
