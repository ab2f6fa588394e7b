"""Shoppers hear that staff changed what their order costs, or where it goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from mall.kernel.db import transaction
from mall.messages.models import Message
from mall.messages.settings import ORDER_REPRICED_TEMPLATE
from mall.orders.closing import close_unpaid
from tests.support.freight import make_freight_template, zone
from tests.support.http import Http
from tests.support.servers import LiveServer
from tests.support.settings import set_template
from tests.support.shipping import TestOrder, make_paid_order, place_test_order
from tests.support.staff import make_staff
from tests.support.users import WEST_LAKE, make_regions
from tests.support.wechat import control

ADMIN = "/admin/api/v1/orders"
TEMPLATE = "tpl-order-repriced-000000000000000000000001"


@pytest.fixture
def clerk(app: Flask, http: Http) -> Http:
    make_regions()
    make_freight_template(zone(), is_default=True)
    return http.as_(make_staff("order:address", "order:price"))


def reprice(clerk: Http, order: TestOrder, goods_fen: int) -> None:
    body = {"goods_payable_fen": goods_fen, "reason": "老客户优惠"}
    changed = clerk.put(f"{ADMIN}/{order.order_no}/price", body)
    assert changed.status_code == 200, changed.get_json()


def readdress(clerk: Http, order: TestOrder, detail: str) -> None:
    address = {"receiver": "李四", "phone": "13900001111", "region_code": WEST_LAKE}
    body = {**address, "detail": detail, "reason": "买家写错地址"}
    changed = clerk.put(f"{ADMIN}/{order.order_no}/address", body)
    assert changed.status_code == 200, changed.get_json()


def inbox(http: Http, order: TestOrder) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (
        http.as_(order.token).get("/api/v1/messages/inbox").get_json()["items"]
    )
    return found


def statuses() -> list[tuple[str, str]]:
    with transaction() as session:
        rows = session.execute(select(Message.kind, Message.status).order_by(Message.id))
        return [(row.kind, row.status) for row in rows]


def test_a_changed_price_is_told_once_as_it_is_now(
    clerk: Http, http: Http, work: Callable[[], None]
) -> None:
    order = place_test_order(1, price_fen=10_000)
    reprice(clerk, order, 9_000)
    reprice(clerk, order, 9_000)
    work()
    (told,) = inbox(http, order)
    assert (told["title"], told["kind"]) == ("订单金额已修改", "order_repriced")
    assert "由 108.00元改为 98.00元" in told["body"]
    reprice(clerk, order, 8_000)
    work()
    assert "88.00元" in inbox(http, order)[0]["body"]
    assert len(inbox(http, order)) == 2


def test_a_price_goes_out_by_wechat_unless_it_is_out_of_date(
    clerk: Http, http: Http, simulator: LiveServer, work: Callable[[], None]
) -> None:
    control(simulator, "/reset")
    set_template(ORDER_REPRICED_TEMPLATE, TEMPLATE)
    order = place_test_order(1, price_fen=10_000)
    for _ in range(2):
        http.as_(order.token).post("/api/v1/subscriptions", {"results": {TEMPLATE: "accept"}})
    control(simulator, "/grants", openid=order.openid, template_id=TEMPLATE, count=2)
    reprice(clerk, order, 9_000)
    reprice(clerk, order, 8_000)
    work()
    assert statuses() == [("order_repriced", "stale"), ("order_repriced", "sent")]
    reprice(clerk, order, 7_000)
    with transaction() as session:
        close_unpaid(session, order.order_no, cause="test")
    work()
    assert statuses()[-1] == ("order_repriced", "stale")
    control(simulator, "/reset")


def test_another_address_is_told_when_staff_chose_it(
    clerk: Http, http: Http, work: Callable[[], None]
) -> None:
    order = make_paid_order(1)
    readdress(clerk, order, "中山中路 2 号")
    readdress(clerk, order, "中山中路 2 号")
    work()
    (told,) = inbox(http, order)
    assert (told["title"], told["kind"]) == ("收货地址已修改", "order_readdressed")
    assert "西湖区" in told["body"]
    assert "中山" not in told["body"]
    readdress(clerk, order, "中山中路 3 号")
    work()
    assert len(inbox(http, order)) == 2


def test_their_own_change_is_no_news(clerk: Http, http: Http, work: Callable[[], None]) -> None:
    order = make_paid_order(1)
    address = {"receiver": "李四", "phone": "13900001111", "region_code": WEST_LAKE}
    made = http.as_(order.token).post("/api/v1/addresses", {**address, "detail": "中山中路 2 号"})
    body = {"address_id": made.get_json()["id"]}
    changed = http.as_(order.token).put(f"/api/v1/orders/{order.order_no}/address", body)
    assert changed.get_json()["changed"] is True, changed.get_json()
    work()
    assert (inbox(http, order), statuses()) == ([], [])
