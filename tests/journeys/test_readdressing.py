"""A shopper gave the wrong address: staff change it, the parcel goes there, WeChat is told so."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from tests.support.http import Http, error_code
from tests.support.payments import Shop, assert_money_is_right
from tests.support.servers import LiveServer
from tests.support.staff import make_staff
from tests.support.users import WEST_LAKE


@pytest.fixture
def shop(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> Iterator[Shop]:
    shop = Shop(app, simulator, work)
    yield shop
    assert_money_is_right(shop)


def test_the_parcel_goes_to_the_new_address(shop: Shop, http: Http) -> None:
    staff = http.as_(make_staff("order:address", "order:ship", "order:read"))
    order_no = shop.bought(2)
    path = f"/admin/api/v1/orders/{order_no}"
    new = {
        "receiver": "李四",
        "phone": "13900001111",
        "region_code": WEST_LAKE,
        "detail": "文三路 2 号",
        "reason": "买家写错门牌",
    }
    assert staff.put(f"{path}/address", new).get_json()["changed"]
    assert shop.detail(order_no)["address"]["detail"] == "文三路 2 号"
    assert staff.get(path).get_json()["address"]["receiver"] == "李四"

    parcel = {"carrier_code": "SF", "tracking_no": "SF1000001"}
    assert staff.post(f"{path}/shipments", parcel).status_code == 201
    shop.work()
    shop.settle_down()
    [shipment] = shop.heard("/shipments")["shipments"]
    [told] = shipment["uploads"][-1]["shipping_list"]
    assert told["contact"]["receiver_contact"] == "139****1111"
    refused = staff.put(f"{path}/address", {**new, "detail": "文三路 3 号"})
    assert error_code(refused) == "address_fixed"
