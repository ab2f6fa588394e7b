"""The tour's flash sale: two units, one a shopper, and a thumb that attempts too often."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from mall.kernel.money import yuan
from mall.tour.client import check, until
from mall.tour.scene import Story, sellable

NAME, STOCK, DEVICE = "导览秒杀", 2, "tour-phone-1"
_SALES = "/admin/api/v1/flash-sessions"


def flash_sale(story: Story) -> None:
    """A flash sale: opened, bought from, paid, and ended with the rest back in stock."""
    _end_old_ones(story)
    sku = story.skus[1]
    before = sellable(story, sku["id"])
    session_id, item_id, price_fen = _open(story, sku)
    check(sellable(story, sku["id"]) == before - STOCK, "the sale's stock is still on the shelf")
    story.say(
        f"staff take {STOCK} units of {sku['name']} off the shelf and sell them at"
        f" ¥{yuan(price_fen)}, one a shopper"
    )
    shown = story.shop.get(f"/api/v1/flash-sessions/{session_id}")
    check(shown["phase"] == "live", f"the sale is {shown['phase']}")
    ticket = _attempt(story, session_id, item_id)
    order = _paid_order(story, ticket, price_fen)
    story.say(f"order {order['order_no']} at ¥{yuan(order['payable_fen'])} is paid in time")
    _end(story, session_id)
    until("the rest", lambda: sellable(story, sku["id"]) == before - 1)
    story.say("staff end the sale: the unit that nobody bought is back on the shelf")


def _open(story: Story, sku: dict[str, Any]) -> tuple[str, str, int]:
    now = datetime.now(UTC)
    window = {
        "starts_at": (now - timedelta(minutes=5)).isoformat(),
        "ends_at": (now + timedelta(minutes=30)).isoformat(),
    }
    session = story.staff.post(_SALES, {"name": NAME, **window})
    path = f"{_SALES}/{session['id']}"
    price_fen = max(1, int(sku["price_fen"]) // 2)
    # In a shop that has played the tour before, a unit was sold for less a while ago.
    body = {
        **{"sku_id": sku["id"], "price_fen": price_fen, "stock": STOCK, "limit_per_user": 1},
        "accept_warnings": True,
    }
    item = story.staff.post(f"{path}/items", body)
    story.staff.post(f"{path}/arming", expect=200)
    return session["id"], item["id"], price_fen


def _attempt(story: Story, session_id: str, item_id: str) -> str:
    """The ticket of an attempt; what else is tried is refused."""
    body = {"units": 1, "address_id": story.address_id}
    path = f"/api/v1/flash-items/{item_id}/purchases"
    story.shop.post(path, body, expect=401)
    given = story.shop.post(f"/api/v1/flash-sessions/{session_id}/passes", {"device": DEVICE})
    shown = {"Flash-Pass": given["pass"], "Flash-Device": DEVICE}
    stacked = {**body, "choices": {"coupons": "best"}}
    story.shop.post(path, stacked, expect=422, headers=shown)
    story.say(
        "an attempt without the purchase token, and one that brings a coupon along, are refused"
    )
    key = uuid.uuid4().hex
    first = story.shop.post(path, body, expect=202, key=key, headers=shown)
    again = story.shop.post(path, body, expect=202, key=key, headers=shown)
    check(first["ticket"] == again["ticket"], "the same attempt made two tickets")
    refused = story.shop.post(path, body, expect=409, headers=shown)
    check(refused["error"]["code"] == "limit_reached", f"refused as {refused['error']['code']}")
    story.say("the same attempt twice gets one ticket; a second unit is over the limit")
    return str(first["ticket"])


def _paid_order(story: Story, ticket: str, price_fen: int) -> dict[str, Any]:
    end = until("the ticket's order", lambda: _ended(story, ticket))
    check(end["status"] == "ordered", f"the ticket is {end['status']}: {end['reason']}")
    number = end["order_no"]
    order: dict[str, Any] = story.shop.get(f"/api/v1/orders/{number}")
    off = sum(a["amount_fen"] for a in order["adjustments"] if a["lane"] == "ACTIVITY")
    check(order["goods_fen"] + off == price_fen, "the order isn't at the flash price")
    pay = story.shop.post(f"/api/v1/orders/{number}/payment", expect=200)["parameters"]
    story.wechat.post("/_control/request-payment", pay, expect=200)
    until("payment", lambda: story.shop.get(f"/api/v1/orders/{number}")["status"] == "paid")
    return order


def _ended(story: Story, ticket: str) -> Any:
    found = story.shop.get(f"/api/v1/flash-tickets/{ticket}")
    return None if found["status"] == "queued" else found


def _end_old_ones(story: Story) -> None:
    """Of a tour that was broken off: until their units are back on the shelf."""
    for old in story.staff.get(_SALES, state="armed")["items"]:
        if old["name"] == NAME:
            _end(story, old["id"])
            _until_settled(story, f"{_SALES}/{old['id']}")


def _until_settled(story: Story, path: str) -> None:
    until("the end of an old sale", lambda: story.staff.get(path)["settled_at"])


def _end(story: Story, session_id: str) -> None:
    story.staff.post(f"{_SALES}/{session_id}/abort", {"paid": "keep"}, expect=200)
