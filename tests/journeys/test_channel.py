"""A store's code: scanned by somebody new, who gets a coupon and has it redeemed at the counter.

Through HTTP only: staff make the channel, WeChat logs the shopper in, the clerk enters the code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from mall.kernel.clock import shop_day
from mall.kernel.db import db_now, transaction
from tests.support.browsing import make_product
from tests.support.counter import make_counter_clerks
from tests.support.coupons import terms
from tests.support.http import Http, error_code
from tests.support.payments import Shop, assert_money_is_right
from tests.support.servers import LiveServer
from tests.support.staff import make_staff

ADMIN = "/admin/api/v1"


@pytest.fixture
def shop(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> Iterator[Shop]:
    shop = Shop(app, simulator, work)
    yield shop
    assert_money_is_right(shop)


def today() -> str:
    with transaction() as session:
        return str(shop_day(db_now(session)))


def new_shopper(shop: Shop, token: str) -> Http:
    """Somebody opens the mini-program by the code for the first time."""
    http = Http(shop.app)
    body = {"code": shop.control("/login-codes")["code"], "attribution": {"share": token}}
    answer = http.post("/api/v1/sessions", body)
    assert answer.status_code in {200, 201}, answer.get_json()
    return http.as_(answer.get_json()["token"])


def made_by_staff(shop: Shop, point_id: int) -> dict[str, Any]:
    """A coupon for new shoppers, and the code that stands at the counter of the point."""
    staff = Http(shop.app).as_(make_staff("channel:read", "channel:write", "coupon:write"))
    template = staff.post(
        f"{ADMIN}/coupon-templates", terms(name="扫码见面礼", way="channel", at_counter=True)
    ).get_json()
    body = {
        "name": "西湖店收银台",
        "kind": "store",
        "page": {"kind": "product", "id": str(make_product()[0])},
        "coupon_template_id": template["id"],
        "point_id": str(point_id),
    }
    channel: dict[str, Any] = staff.post(f"{ADMIN}/channels", body).get_json()
    assert staff.get(f"{ADMIN}/channels/{channel['id']}/code").status_code == 200
    cost = {"day": today(), "cost_fen": 300}
    assert staff.put(f"{ADMIN}/channels/{channel['id']}/costs", cost).status_code == 204
    return channel


def test_store_code_coupon_counter(shop: Shop) -> None:
    (clerk,) = make_counter_clerks(1)
    channel = made_by_staff(shop, clerk.point_id)
    scan = f"/api/v1/shares/{channel['token']}"
    me = new_shopper(shop, channel["token"])
    shop.work()
    assert me.post(f"{scan}/opens").get_json()["page"] == channel["page"]
    assert me.get(f"{scan}/coupon").get_json()["can_claim"] is True
    coupon = me.post(f"{scan}/coupon").get_json()
    assert coupon["template"]["name"] == "扫码见面礼"

    shop.bought()
    assert error_code(shop.shopper.post(f"{scan}/coupon")) == "channel_new_shoppers_only"

    code = me.post(f"/api/v1/coupons/{coupon['id']}/counter-codes").get_json()["code"]
    till = Http(shop.app).as_(clerk.token)
    sale = {"code": code, "point_id": str(clerk.point_id), "goods_fen": 5_000}
    redeemed = till.post(f"{ADMIN}/counter/redemptions", sale)
    assert (redeemed.status_code, redeemed.get_json()["off_fen"]) == (201, 500)
    used = me.get("/api/v1/coupons", tab="used").get_json()["items"]
    assert [one["status"] for one in used] == ["redeemed"]
    path = f"{ADMIN}/counter/redemptions/{redeemed.get_json()['id']}/undo"
    assert till.post(path, {"reason": "金额输错"}).status_code == 200
    code = me.post(f"/api/v1/coupons/{coupon['id']}/counter-codes").get_json()["code"]
    again = till.post(f"{ADMIN}/counter/redemptions", {**sale, "code": code, "goods_fen": 6_000})
    assert again.status_code == 201, again.get_json()

    staff = Http(shop.app).as_(make_staff("channel:read"))
    (row,) = staff.get(f"{ADMIN}/channel-reports", first=today(), last=today()).get_json()["items"]
    figures = row["figures"]
    assert (figures["visits"], figures["new_shoppers"]) == (1, 1)
    assert (figures["coupons"], figures["coupons_at_counter"]) == (1, 1)
    assert (figures["cost_fen"], figures["roi_bp"]) == (300, -10_000)
