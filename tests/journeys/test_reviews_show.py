"""A review on its way through HTTP: written, checked by WeChat, approved, featured, its coupon
used; then the reviewed order is refunded, and everything that was given for it goes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from tests.support.aftersales import AfterSalesShop, upload
from tests.support.http import Http
from tests.support.payments import assert_money_is_right
from tests.support.servers import LiveServer
from tests.support.staff import make_staff
from tests.support.wechat import login_code

ADMIN = "/admin/api/v1"
TEXT = "被芯比想象中轻，盖着却很暖，前几天降到八度也没觉得冷。机洗过一次，没有结块。"


@pytest.fixture
def shop(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> Iterator[AfterSalesShop]:
    """WeChat pushes to this shop. Its shopper has just logged in, as WeChat knows."""
    shop = AfterSalesShop(app, simulator, work)
    shop.control("/settings", mall_url=live_mall.url, push_mode="encrypted")
    code, _ = login_code(simulator, shop.openid)
    token = made(Http(app).post("/api/v1/sessions", {"code": code}))["token"]
    shop.shopper = Http(app).as_(token)
    yield shop
    assert_money_is_right(shop)
    shop.control("/settings", mall_url="")


def made(answer: Any, status: int = 201) -> dict[str, Any]:
    assert answer.status_code == status, answer.get_json()
    shown: dict[str, Any] = answer.get_json()
    return shown


def points(shop: AfterSalesShop) -> tuple[int, int]:
    """What the shopper has, and owes."""
    shown = shop.shopper.get("/api/v1/points").get_json()
    return shown["available"], shown["debt"]


def coupons(shop: AfterSalesShop, tab: str) -> list[str]:
    page = shop.shopper.get("/api/v1/coupons", tab=tab).get_json()
    return [one["id"] for one in page["items"]]


def opened_column(shop: AfterSalesShop) -> str:
    """Staff reward being picked with 30 points, and open a column with a coupon: its id."""
    permissions = ("coupon:write", "reward:write", "review_reward:write", "buyer_show:write")
    manager = Http(shop.app).as_(make_staff(*permissions))
    rule = {"name": "精选奖励", "reward": [{"kind": "points", "count": 30}]}
    rule_id = made(manager.post(f"{ADMIN}/reward-rules", rule))["id"]
    made(manager.post(f"{ADMIN}/review-rewards", {"kind": "featured", "rule_id": rule_id}))
    coupon = {"name": "买家秀专享", "kind": "amount", "amount_fen": 300, "threshold_fen": 0}
    coupon |= {"way": "reward", "valid_days": 30}
    template_id = made(manager.post(f"{ADMIN}/coupon-templates", coupon))["id"]
    column = {"name": "被子晒图", "coupon_template_id": template_id}
    return str(made(manager.post(f"{ADMIN}/buyer-show-columns", column))["id"])


def written(shop: AfterSalesShop, order_no: str) -> str:
    """The shopper reviews the first line with two pictures: the review's id."""
    body = {"goods_stars": 4, "logistics_stars": 5, "service_stars": 5, "text": TEXT}
    body["pictures"] = [upload(shop.shopper), upload(shop.shopper)]
    sent = shop.shopper.post(f"/api/v1/orders/{order_no}/lines/1/review", body)
    return str(made(sent)["id"])


def checked(shop: AfterSalesShop) -> None:
    """WeChat is asked, and pushes what it thinks of the pictures."""
    shop.work()
    shop.settle_down()
    shop.work()


def status_of(shop: AfterSalesShop, review_id: str) -> str:
    return str(shop.shopper.get(f"/api/v1/my-reviews/{review_id}").get_json()["status"])


def bought_with(shop: AfterSalesShop, coupon_id: str) -> str:
    """One unit, paid with the coupon."""
    goods = {
        "lines": [{"sku_id": str(shop.sku_id), "quantity": 1}],
        "address_id": str(shop.address_id),
        "choices": {"coupons": coupon_id},
    }
    quote = made(shop.shopper.post("/api/v1/quotes", goods), 200)
    assert quote["discount_fen"] == 300
    body = {**goods, "expected_payable_fen": quote["payable_fen"]}
    order_no = str(made(shop.shopper.post("/api/v1/orders", body))["order_no"])
    shop.pay(order_no)
    shop.work()
    return order_no


def test_written_featured_used_and_taken_back(shop: AfterSalesShop) -> None:
    column_id = opened_column(shop)
    editor = Http(shop.app).as_(make_staff("buyer_show:write"))
    first = shop.sent(2)
    assert shop.shopper.post(f"/api/v1/orders/{first}/receipt").status_code == 204
    shop.work()

    review_id = written(shop, first)
    featuring = f"{ADMIN}/reviews/{review_id}/featuring"
    too_soon = editor.put(featuring, {"column_id": column_id})
    assert (too_soon.status_code, status_of(shop, review_id)) == (409, "pending")
    checked(shop)
    assert status_of(shop, review_id) == "approved"
    assert (points(shop), coupons(shop, "usable")) == ((0, 0), [])

    entry_id = made(editor.put(featuring, {"column_id": column_id}), 200)["id"]
    shop.work()
    assert points(shop) == (30, 0)
    (coupon_id,) = coupons(shop, "usable")
    titles = [
        one["title"] for one in shop.shopper.get("/api/v1/messages/inbox").get_json()["items"]
    ]
    assert {"评价入选买家秀", "评价奖励到账"} <= set(titles)

    # A friend who was sent the show likes it.
    page = {"kind": "buyer_show", "id": entry_id}
    share = made(shop.shopper.post("/api/v1/shares", {"page": page}), 200)
    code, _ = login_code(shop.simulator)
    login = {"code": code, "attribution": {"share": share["token"]}}
    friend = Http(shop.app).as_(Http(shop.app).post("/api/v1/sessions", login).get_json()["token"])
    led = made(friend.post(f"/api/v1/shares/{share['token']}/opens"), 200)
    assert led["page"] == page
    assert f"show={entry_id}" in led["path"]
    assert friend.put(f"/api/v1/buyer-shows/{entry_id}/like").get_json() == {"count": 1}
    listed = friend.get(f"/api/v1/buyer-show-columns/{column_id}/entries").get_json()["items"]
    assert [(one["id"], one["likes"]) for one in listed] == [(entry_id, 1)]

    second = bought_with(shop, coupon_id)
    assert (coupons(shop, "usable"), coupons(shop, "used")) == ([], [coupon_id])

    # All of the reviewed order comes back: the review leaves the show, what it brought goes.
    freight_fen = shop.detail(first)["freight_fen"]
    shop.refunded(first, 2, freight_fen=freight_fen)
    shop.work()
    assert friend.get(f"/api/v1/buyer-shows/{entry_id}").status_code == 404
    assert points(shop) == (0, 0)
    again = editor.put(featuring, {"column_id": column_id})
    assert (again.status_code, status_of(shop, review_id)) == (409, "approved")

    # The order that has the coupon keeps it; no other gets it.
    freight_fen = shop.detail(second)["freight_fen"]
    shop.refunded(second, 1, freight_fen=freight_fen)
    shop.work()
    assert shop.status(second) == "closed"
    assert coupons(shop, "usable") == []


def test_an_unused_coupon_goes_when_staff_end_it(shop: AfterSalesShop) -> None:
    column_id = opened_column(shop)
    editor = Http(shop.app).as_(make_staff("buyer_show:write"))
    order_no = shop.sent(1)
    assert shop.shopper.post(f"/api/v1/orders/{order_no}/receipt").status_code == 204
    shop.work()
    review_id = written(shop, order_no)
    checked(shop)
    featuring = f"{ADMIN}/reviews/{review_id}/featuring"
    made(editor.put(featuring, {"column_id": column_id}), 200)
    shop.work()
    assert (points(shop)[0], len(coupons(shop, "usable"))) == (30, 1)
    assert editor.delete(featuring).status_code == 204
    shop.work()
    assert (points(shop), coupons(shop, "usable")) == ((0, 0), [])
    shown = shop.shopper.get(f"/api/v1/my-reviews/{review_id}").get_json()
    assert (shown["status"], shown["featured"]) == ("approved", False)
