"""A purchase that travels in two parcels: staff ship, WeChat is told, the shopper confirms
inside WeChat. Through HTTP only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from flask import Flask

from tests.support.catalog import make_sku
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants
from tests.support.inventory import stock
from tests.support.servers import LiveServer
from tests.support.staff import make_staff
from tests.support.users import WEST_LAKE, make_regions
from tests.support.wechat import control, login_code

PUSH = "push"


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


def settle_down(wechat: LiveServer, work: Callable[[], None]) -> None:
    """Let WeChat's callbacks arrive and the mall's jobs run, each time one after the other."""
    for _ in range(2):
        work()
        control(wechat, "/wait", seconds=5)
    work()


def buy(http: Http, wechat: LiveServer, work: Callable[[], None]) -> tuple[Http, dict[str, Any]]:
    """A new shopper logs in and buys two SKUs: the shopper, and the order as it is shown."""
    pillow = stock(make_sku(price_fen=6900, name="乳胶枕头"), 10)
    sheets = stock(make_sku(price_fen=19900, name="四件套"), 10)
    make_regions()
    code, _ = login_code(wechat)
    shopper = http.as_(http.post("/api/v1/sessions", {"code": code}).get_json()["token"])
    home = {
        "receiver": "张三",
        "phone": "13812345678",
        "region_code": WEST_LAKE,
        "detail": "文三路 1 号",
    }
    address_id = shopper.post("/api/v1/addresses", home).get_json()["id"]
    lines = [
        {"sku_id": str(pillow), "quantity": 2},
        {"sku_id": str(sheets), "quantity": 1},
    ]
    wanted = {"lines": lines, "address_id": address_id}
    payable_fen = shopper.post("/api/v1/quotes", wanted).get_json()["payable_fen"]
    assert payable_fen == 2 * 6900 + 19900
    placed = shopper.post("/api/v1/orders", {**wanted, "expected_payable_fen": payable_fen})
    order_no = placed.get_json()["order_no"]
    started = shopper.post(f"/api/v1/orders/{order_no}/payment").get_json()
    control(wechat, "/request-payment", **started["parameters"])
    settle_down(wechat, work)
    order = shopper.get(f"/api/v1/orders/{order_no}").get_json()
    assert order["status"] == "paid"
    return shopper, order


def shipment(wechat: LiveServer) -> dict[str, Any]:
    (known,) = requests.get(f"{wechat.url}/_control/shipments", timeout=10).json()["shipments"]
    return dict(known)


def test_two_parcels_and_a_receipt_inside_wechat(
    http: Http, wechat: LiveServer, work: Callable[[], None]
) -> None:
    shopper, order = buy(http, wechat, work)
    staff = http.as_(make_staff("order:ship", "order:read"))
    path = f"/admin/api/v1/orders/{order['order_no']}/shipments"
    pillow, sheets = (line["id"] for line in order["lines"])

    first = {"carrier_code": "SF", "tracking_no": "SF1000001"}
    staff.post(path, {**first, "lines": [{"line_id": pillow, "quantity": 2}]})
    settle_down(wechat, work)
    assert shopper.get(f"/api/v1/orders/{order['order_no']}").get_json()["status"] == "paid"
    (told,) = shipment(wechat)["uploads"]
    assert (told["delivery_mode"], told["is_all_delivered"]) == (2, False)
    assert not shipment(wechat)["finished"]

    second = staff.post(path, {"carrier_code": "ZTO", "tracking_no": "ZTO20002"})
    (left,) = second.get_json()["items"][1]["lines"]
    assert (left["line_id"], left["quantity"]) == (sheets, 1)
    settle_down(wechat, work)
    assert [parcel["upload_status"] for parcel in staff.get(path).get_json()["items"]] == [
        "uploaded",
        "uploaded",
    ]
    told = shipment(wechat)["uploads"][-1]
    assert told["is_all_delivered"]
    assert [parcel["tracking_no"] for parcel in told["shipping_list"]] == ["SF1000001", "ZTO20002"]
    shown = shopper.get(f"/api/v1/orders/{order['order_no']}").get_json()
    assert shown["status"] == "shipped", "that WeChat has it doesn't mean that the shopper has"
    parcels = shopper.get(f"/api/v1/orders/{order['order_no']}/shipments").get_json()["items"]
    assert [parcel["carrier_name"] for parcel in parcels] == ["顺丰速运", "中通快递"]

    control(wechat, "/faults", target=PUSH, kind="double")
    control(wechat, f"/shipments/{shipment(wechat)['out_trade_no']}/confirm")
    settle_down(wechat, work)
    shown = shopper.get(f"/api/v1/orders/{order['order_no']}").get_json()
    assert shown["status"] == "completed"


def test_a_receipt_in_our_own_pages_comes_first(
    http: Http, wechat: LiveServer, work: Callable[[], None]
) -> None:
    shopper, order = buy(http, wechat, work)
    staff = http.as_(make_staff("order:ship", "order:read"))
    path = f"/admin/api/v1/orders/{order['order_no']}/shipments"
    assert error_code(shopper.post(f"/api/v1/orders/{order['order_no']}/receipt")) == "order_state"
    staff.post(path, {"carrier_code": "ZTO", "tracking_no": "ZTO20002"})
    settle_down(wechat, work)
    assert shopper.post(f"/api/v1/orders/{order['order_no']}/receipt").status_code == 204
    control(wechat, f"/shipments/{shipment(wechat)['out_trade_no']}/confirm", automatic=True)
    settle_down(wechat, work)
    shown = shopper.get(f"/api/v1/orders/{order['order_no']}").get_json()
    assert shown["status"] == "completed"
    again = staff.put(f"{path}/1", {"carrier_code": "ZTO", "tracking_no": "ZTO30003"})
    assert error_code(again) == "order_state", "what has arrived isn't corrected"
