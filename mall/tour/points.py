"""The tour's points: a day's check-in, missions, and an order that points pay a part of."""

from __future__ import annotations

import uuid
from typing import Any

from mall.kernel.money import yuan
from mall.tour.client import check, until
from mall.tour.scene import Story

GRANTED, AT_CHECKOUT = 1_000, 300
BEATS = 5


def come_back(story: Story) -> None:
    """A check-in, a mission that is completed, and one that a lying client can't finish."""
    first = story.shop.post("/api/v1/check-in", expect=200)
    again = story.shop.post("/api/v1/check-in", expect=200)
    check(first == again, "pressing twice checked in twice")
    earned = _points(story)["available"]
    check(earned > 0, "the check-in gave no points")
    story.say(f"today's check-in gives {earned} points; pressing again gives nothing more")
    _complete_profile(story)
    _browse(story)


def _complete_profile(story: Story) -> None:
    mission = _mission(story, "profile_completed")
    path = f"/api/v1/missions/{mission['id']}/claim"
    story.shop.post(path, expect=409)
    profile = {"nickname": "小明", "avatar_url": "https://cdn.example.com/avatars/1.png"}
    story.shop.call("PUT", "/api/v1/me", body=profile, expect=200)
    before = _points(story)["available"]
    for _ in range(2):
        claimed = story.shop.post(path, expect=200)
    check(claimed["state"] == "rewarded", f"the mission is {claimed['state']}")
    got = _points(story)["available"] - before
    story.say(f"the mission “{mission['name']}” gives {got} points, once, when it is complete")


def _browse(story: Story) -> None:
    mission = _mission(story, "browse")
    product = story.shop.get("/api/v1/products", limit=1)["items"][0]
    page = {"kind": "product", "id": product["id"]}
    view = story.shop.post("/api/v1/view-sessions", {"page": page})
    for number in range(1, BEATS + 1):
        beat = {"token": view["token"], "beat": number}
        counted = story.shop.post("/api/v1/view-sessions/beats", beat, expect=200)["counted_s"]
    forged = {"token": view["token"][:-2] + "AA", "beat": BEATS + 1}
    story.shop.post("/api/v1/view-sessions/beats", forged, expect=404)
    check(counted < view["beat_every_s"], f"{BEATS} hurried beats count as {counted} s")
    check(_mission(story, "browse")["state"] == "open", "a lie completed the mission")
    story.say(
        f"“{mission['name']}” wants {mission['target']} s: {BEATS} beats at once count as"
        f" {counted} s by the server's clock, a forged one is refused"
    )


def spend_points(story: Story) -> None:
    """Staff give points; an order takes them, gives them back, takes them again and is paid."""
    user_id = story.shop.get("/api/v1/me")["id"]
    story.staff.post(
        f"/admin/api/v1/shoppers/{user_id}/points-adjustments",
        {"points": GRANTED, "reason": "导览：开业赠送"},
    )
    had = _points(story)["available"]
    story.say(f"staff give {GRANTED} points, with a reason: {had} can be spent")
    number, used, payable = _place(story)
    held = _points(story)
    check((held["available"], held["held"]) == (had - used, used), f"not held: {held}")
    story.say(f"an order takes {used} of them, and costs ¥{yuan(payable)}")
    story.shop.post(f"/api/v1/orders/{number}/cancellation", expect=200)
    until("the points", lambda: _points(story)["available"] == had)
    story.say("it is cancelled: all of them are back")
    number, used, payable = _place(story)
    parameters = story.shop.post(f"/api/v1/orders/{number}/payment", expect=200)["parameters"]
    story.wechat.post("/_control/request-payment", parameters, expect=200)
    until("payment", lambda: _order(story, number)["status"] == "paid")
    left = _points(story)
    check((left["available"], left["held"]) == (had - used, 0), f"not spent once: {left}")
    story.say(f"another one is paid with ¥{yuan(payable)} and {used} points, which are spent now")
    frozen = until("earned points", lambda: _points(story)["frozen"])
    story.say(f"{frozen} points were earned, and wait until the goods can't be returned any more")


def exchange_points(story: Story) -> None:
    """A code of the points mall, delivered once; goods for points and cash, given up again."""
    items = story.shop.get("/api/v1/points-mall/items")["items"]
    story.say("the points mall has " + ", ".join(one["name"] for one in items))
    code_item = next(one for one in items if one["kind"] == "code" and one["can_exchange"])
    before, key = _points(story)["available"], uuid.uuid4().hex
    body = {
        "item_id": code_item["id"],
        "expected_points": code_item["points"],
        "expected_payable_fen": 0,
    }
    exchanges = "/api/v1/points-mall/exchanges"
    first = story.shop.post(exchanges, body, key=key)
    again = story.shop.post(exchanges, body, key=key)
    check(first["order_no"] == again["order_no"], "pressing twice made two exchanges")
    number = first["order_no"]
    until("the code", lambda: _order(story, number)["status"] == "completed")
    code = story.shop.get(f"/api/v1/points-mall/orders/{number}/code")["code"]
    check(_points(story)["available"] == before - code_item["points"], "not spent once")
    story.say(f"{code_item['points']} points buy {code_item['name']}: code {code[:6]}…, once")
    _give_up_exchange(story, items)


def _give_up_exchange(story: Story, items: list[dict[str, Any]]) -> None:
    item = next(one for one in items if one["cash_fen"])
    body = {"item_id": item["id"], "address_id": story.address_id}
    quote = story.shop.post("/api/v1/points-mall/quotes", body, expect=200)
    before = _points(story)["available"]
    agreed = {"expected_points": quote["points"], "expected_payable_fen": quote["payable_fen"]}
    number = story.shop.post("/api/v1/points-mall/exchanges", {**body, **agreed})["order_no"]
    check(_points(story)["available"] == before - quote["points"], "the points aren't held")
    story.shop.post(f"/api/v1/orders/{number}/cancellation", expect=200)
    until("the points", lambda: _points(story)["available"] == before)
    story.say(
        f"{item['name']} costs {quote['points']} points and ¥{yuan(quote['payable_fen'])};"
        " the exchange is given up before it is paid, and the points are back"
    )


def _place(story: Story) -> tuple[str, int, int]:
    """An order that takes some points: its number, the points, what it costs in fen."""
    lines = [{"sku_id": story.skus[0]["id"], "quantity": 1}]
    body = {"lines": lines, "address_id": story.address_id, "choices": {"points": str(AT_CHECKOUT)}}
    quote = story.shop.post("/api/v1/quotes", body, expect=200)
    saved = -sum(one["amount_fen"] for one in quote["adjustments"] if one["lane"] == "POINTS")
    check(saved > 0, "points save nothing")
    placing = {**body, "expected_payable_fen": quote["payable_fen"]}
    before = _points(story)["available"]
    number = story.shop.post("/api/v1/orders", placing)["order_no"]
    return number, before - _points(story)["available"], quote["payable_fen"]


def _mission(story: Story, trigger: str) -> dict[str, Any]:
    found = [
        one for one in story.shop.get("/api/v1/missions")["items"] if one["trigger"] == trigger
    ]
    check(bool(found), f"the shop has no mission of {trigger}; load the demo shop")
    return dict(found[0])


def _points(story: Story) -> dict[str, Any]:
    return dict(story.shop.get("/api/v1/points"))


def _order(story: Story, number: str) -> dict[str, Any]:
    return dict(story.shop.get(f"/api/v1/orders/{number}"))
