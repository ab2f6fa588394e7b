"""The story itself: a shopper buys, pays, receives, gets money back; staff do their part.

Everything goes over HTTP to the mall and to the WeChat simulator, as a phone and a staff
console would. Each step checks what it shows.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from mall.kernel.money import yuan
from mall.tour.client import check, until
from mall.tour.flash import flash_sale
from mall.tour.groupbuy import buy_together
from mall.tour.play import draw_lots, grow_a_packet, make_a_team
from mall.tour.points import come_back, exchange_points, spend_points
from mall.tour.referral import bring_friends
from mall.tour.reviews import ask_and_answer, write_review
from mall.tour.scene import Story, sellable


def log_in(story: Story) -> None:
    """A shopper opens the mini-program."""
    given = story.wechat.post("/_control/login-codes", expect=200)
    story.openid = given["openid"]
    login = story.shop.post("/api/v1/sessions", {"code": given["code"]})
    check("openid" not in str(login), "the openid reached the client")
    story.shop.token = login["token"]
    story.say(f"a new shopper logs in with a wx.login code and is number {login['user_id']}")
    story.shop.post("/api/v1/sessions", {"code": given["code"]}, expect=401)
    story.say("the same code a second time is refused")
    code = story.wechat.post(
        "/_control/phone-codes", {"openid": story.openid, "phone": "13800138000"}, expect=200
    )["code"]
    me = story.shop.call("PUT", "/api/v1/me/phone", body={"code": code}, expect=200)
    check(me["phone"] == "138****8000", "the phone isn't masked")
    story.say(f"the phone is verified by WeChat and shown as {me['phone']}")


def browse(story: Story) -> None:
    """Lists, search, detail."""
    first = story.shop.get("/api/v1/products", limit=20)
    story.say(f"the shop shows {len(first['items'])} products on its first page")
    word = first["items"][0]["name"][:2]
    found = story.shop.get("/api/v1/products/search", q=word)["items"]
    check(bool(found), f"a search for {word} finds nothing")
    story.say(f"a search for “{word}” finds {len(found)}, first: {found[0]['name']}")
    for product in first["items"]:
        detail = story.shop.get(f"/api/v1/products/{product['id']}")
        sku = detail["skus"][0]
        if sellable(story, sku["id"]) >= 5:
            story.skus.append({**sku, "name": detail["name"]})
        if len(story.skus) == 2:
            break
    check(len(story.skus) == 2, "no two products with stock of 5")
    for sku in story.skus:
        story.say(f"  {sku['name']} at ¥{yuan(sku['price_fen'])}")


def fill_cart(story: Story) -> None:
    """An address and a cart."""
    code = ""
    for _ in range(3):
        query: dict[str, Any] = {"parent": code} if code else {}
        code = story.shop.get("/api/v1/regions", **query)["items"][0]["code"]
    address = story.shop.post(
        "/api/v1/addresses",
        {
            "receiver": "王小明",
            "phone": "13800138000",
            "region_code": code,
            "detail": "文一西路 100 号",
            "is_default": True,
        },
    )
    story.address_id = address["id"]
    story.say(f"the parcel will go to {address['region_names']}")
    for sku, quantity in zip(story.skus, (2, 1), strict=True):
        story.shop.post("/api/v1/cart/lines", {"sku_id": sku["id"], "quantity": quantity})
    story.say("2 of the first and 1 of the second go into the cart")


def place(story: Story) -> None:
    """The quote, the order, and the same press again."""
    quote = story.shop.post(
        "/api/v1/quotes", {"cart": True, "address_id": story.address_id}, expect=200
    )
    story.say(
        f"the quote: goods ¥{yuan(quote['goods_fen'])}, freight ¥{yuan(quote['freight_fen'])}, "
        f"to pay ¥{yuan(quote['payable_fen'])}"
    )
    body = {
        "cart": True,
        "address_id": story.address_id,
        "expected_payable_fen": quote["payable_fen"],
    }
    wrong = {**body, "expected_payable_fen": quote["payable_fen"] - 1}
    story.shop.post("/api/v1/orders", wrong, expect=409)
    story.say("an order at one fen less than the shop's price is refused")
    before = _available(story)
    key = uuid.uuid4().hex
    story.order = story.shop.post("/api/v1/orders", body, key=key)
    again = story.shop.post("/api/v1/orders", body, key=key)
    check(again["order_no"] == story.order["order_no"], "pressing twice made two orders")
    check(before - _available(story) == 2, "the stock isn't reserved once")
    story.say(f"order {story.order['order_no']} is placed; pressing twice made one order")


def pay(story: Story) -> None:
    """A declined card, then a payment that a callback confirms."""
    number = story.order["order_no"]
    parameters = story.shop.post(f"/api/v1/orders/{number}/payment", expect=200)["parameters"]
    attempt = story.wechat.get("/_control/payments", openid=story.openid)["payments"][0]
    check(attempt["total"] == story.order["payable_fen"], "WeChat asks for another amount")
    story.wechat.post(f"/_control/payments/{attempt['out_trade_no']}/decline", expect=200)
    check(_order(story)["status"] == "unpaid", "a declined card paid the order")
    story.say("the bank declines the card: the order stays unpaid")
    story.wechat.post("/_control/request-payment", parameters, expect=200)
    until("payment", lambda: _order(story)["status"] == "paid")
    story.say(f"the second try pays ¥{yuan(story.order['payable_fen'])}; WeChat's callback says so")


def ship(story: Story) -> None:
    """Staff ship it, WeChat hears of it, the shopper has it."""
    number = story.order["order_no"]
    story.staff.post(
        f"/admin/api/v1/orders/{number}/shipments",
        {"carrier_code": "ZTO", "tracking_no": "ZTO" + uuid.uuid4().hex[:10].upper()},
    )
    check(_order(story)["status"] == "shipped", "the order isn't shipped")
    story.say("staff ship it by ZTO")
    until(
        "the shipping report to WeChat",
        lambda: story.wechat.get("/_control/shipments", openid=story.openid)["shipments"],
    )
    story.say("WeChat has the tracking number (without it the money would stay frozen)")
    story.shop.post(f"/api/v1/orders/{number}/receipt", expect=204)
    check(_order(story)["status"] == "completed", "the order isn't completed")
    story.say("the shopper confirms receipt")


def refund(story: Story) -> None:
    """One unit back, then the rest, and not a fen more."""
    number = story.order["order_no"]
    order = story.staff.get(f"/admin/api/v1/orders/{number}")
    first = order["lines"][0]
    part = first["payable_fen"] // first["quantity"]
    lines = [{"line_id": first["id"], "quantity": 1, "amount_fen": part}]
    _refund(story, {"lines": lines, "freight_fen": 0, "reason": "少发一件"})
    until("the refund", lambda: _order(story)["refunded_fen"] == part)
    story.say(f"one unit is refunded: ¥{yuan(part)}")
    rest = [
        {"line_id": line["id"], "quantity": units, "amount_fen": line["payable_fen"] - already}
        for line, already, units in [
            (line, part if line["id"] == first["id"] else 0, _units_left(line, first))
            for line in order["lines"]
        ]
    ]
    too_much = [{**rest[0], "amount_fen": rest[0]["amount_fen"] + 1}, *rest[1:]]
    _refund(story, {"lines": too_much, "freight_fen": 0, "reason": "多退"}, expect=409)
    story.say("one fen more than was paid is refused")
    freight = order["freight_fen"]
    _refund(story, {"lines": rest, "freight_fen": freight, "reason": "全部退货"})
    story.say("the rest is on its way (WeChat wants a minute between refunds of one order)")


def cancel(story: Story) -> None:
    """A second order is given up: its stock comes back."""
    sku = story.skus[0]
    before = _available(story)
    lines = [{"sku_id": sku["id"], "quantity": 1}]
    quote = story.shop.post(
        "/api/v1/quotes", {"lines": lines, "address_id": story.address_id}, expect=200
    )
    order = story.shop.post(
        "/api/v1/orders",
        {
            "lines": lines,
            "address_id": story.address_id,
            "expected_payable_fen": quote["payable_fen"],
        },
    )
    check(_available(story) == before - 1, "the second order reserved nothing")
    story.shop.post(f"/api/v1/orders/{order['order_no']}/payment", expect=200)
    story.shop.post(f"/api/v1/orders/{order['order_no']}/cancellation", expect=200)
    until("the closing", lambda: _available(story) == before)
    story.say("a second order is cancelled: WeChat is closed first, then the unit is on sale again")


def _refund(story: Story, body: dict[str, Any], *, expect: int = 201) -> Any:
    number = story.order["order_no"]
    return story.staff.post(f"/admin/api/v1/orders/{number}/refunds", body, expect=expect)


def _units_left(line: dict[str, Any], first: dict[str, Any]) -> int:
    return int(line["quantity"]) - (1 if line["id"] == first["id"] else 0)


def _order(story: Story) -> Any:
    return story.shop.get(f"/api/v1/orders/{story.order['order_no']}")


def _available(story: Story) -> int:
    return sellable(story, story.skus[0]["id"])


CHAPTERS: list[tuple[str, Callable[[Story], None]]] = [
    ("Logging in", log_in),
    ("Looking around", browse),
    ("Filling the cart", fill_cart),
    ("Placing the order", place),
    ("Paying", pay),
    ("Shipping", ship),
    ("Money back", refund),
    ("Changing one's mind", cancel),
    ("A flash sale", flash_sale),
    ("Buying together", buy_together),
    ("Bringing friends", bring_friends),
    ("Coming back each day", come_back),
    ("Spending points", spend_points),
    ("The points mall", exchange_points),
    ("A lottery", draw_lots),
    ("A team race", make_a_team),
    ("A red packet", grow_a_packet),
    ("A review", write_review),
    ("A question", ask_and_answer),
]
