"""The warehouse's sheet is uploaded, and uploaded again: each parcel once, WeChat told once."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from tests.support.http import Http
from tests.support.payments import Shop, assert_money_is_right
from tests.support.servers import LiveServer
from tests.support.staff import make_staff


@pytest.fixture
def shop(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> Iterator[Shop]:
    shop = Shop(app, simulator, work)
    yield shop
    assert_money_is_right(shop)


def test_a_sheet_is_shipped_and_uploaded_twice(shop: Shop, http: Http) -> None:
    token = make_staff("order:ship", "order:read")

    def upload(rows: str, **form: str) -> dict[str, Any]:
        content = f"订单号,快递公司,运单号\n{rows}\n".encode("utf-8-sig")
        data = {"file": (io.BytesIO(content), "发货.csv"), **form}
        headers = {"Authorization": f"Bearer {token}"}
        with shop.app.app_context(), shop.app.test_client() as client:
            answer = client.post("/admin/api/v1/shipments/sheet", data=data, headers=headers)
        assert answer.status_code == 200, answer.get_json()
        shop.work()
        shop.settle_down()
        body: dict[str, Any] = answer.get_json()
        return {name: body[name] for name in ("shipped", "already", "refused")}

    first, second, unpaid = shop.bought(2), shop.bought(1), shop.order(1)
    rows = f"{first},中通快递,ZT0001\n{second},ZTO,ZT0001\n{unpaid},ZTO,ZT0002"
    counts = {"shipped": 2, "already": 0, "refused": 1}
    assert upload(rows, dry_run="true") == counts
    assert shop.status(first) == "paid"

    assert upload(rows) == counts
    assert [shop.status(order_no) for order_no in (first, second)] == ["shipped"] * 2
    assert upload(rows) == {"shipped": 0, "already": 2, "refused": 1}
    told = [shipment["uploads"] for shipment in shop.heard("/shipments")["shipments"]]
    assert [len(uploads) for uploads in told if uploads] == [1, 1], "again changes nothing"

    shop.pay(unpaid)
    assert upload(rows) == {"shipped": 1, "already": 2, "refused": 0}
    staff = http.as_(token)
    for order_no in (first, second, unpaid):
        path = f"/admin/api/v1/orders/{order_no}/shipments"
        [parcel] = staff.get(path).get_json()["items"]
        assert parcel["upload_status"] == "uploaded"
    assert shop.shopper.post(f"/api/v1/orders/{first}/receipt").status_code == 204
