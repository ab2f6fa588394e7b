"""The tour's games: a lottery whose draws are computed again, a team for a race, a red packet."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from mall.kernel.money import yuan
from mall.tour.client import Client, check, until
from mall.tour.scene import Story

BEGINS_IN_S, PRICE, DRAWS = 3, 10, 3
SHOP_ZONE = timezone(timedelta(hours=8))
_PACKETS = "/api/v1/packet-campaigns"


def draw_lots(story: Story) -> None:
    """Odds before the start, chances for points, draws, and the secret at the end."""
    lottery_id = _publish(story)
    path = f"/api/v1/lotteries/{lottery_id}"
    shown = story.shop.get(path)
    odds = ", ".join(f"{one['name']} {one['odds']}" for one in shown["prizes"])
    check(shown["secret"] is None, "the secret is public before the draws")
    story.say(f"a lottery is published with its odds ({odds}) and the hash of its secret")
    until("the start", lambda: story.shop.get(path)["state"] == "running")
    bought = {"count": DRAWS, "points": PRICE}
    story.shop.post(f"{path}/chances", bought)
    drawn = [_draw(story.shop, path) for _ in range(DRAWS)]
    story.shop.post(f"{path}/draws", {"nonce": uuid.uuid4().hex}, expect=409)
    names = ", ".join(one["name"] for one in drawn)
    story.say(
        f"{DRAWS} chances cost {DRAWS * PRICE} points and bring: {names}; a fourth draw is refused"
    )
    ending = {"reason": "导览结束"}
    story.staff.post(f"/admin/api/v1/lotteries/{lottery_id}/end", ending, expect=200)
    _compute_again(story.shop.get(path), drawn, lottery_id)
    story.say(
        "at the end the secret is public: its hash is the one of before, each draw follows from it"
    )


def make_a_team(story: Story) -> None:
    """A team of the demo shop's race; its code is what friends join by."""
    race = story.shop.get("/api/v1/races")["items"][0]
    path = f"/api/v1/races/{race['id']}/team"
    name = f"小队 {uuid.uuid4().hex[:6]}"
    team = story.shop.post(path, {"name": name, "matchable": False})
    check(team["members"] == 1, "the team has others in it")
    story.shop.post(path, {"name": "又一队", "matchable": False}, expect=409)
    story.say(
        f"“{race['name']}”: a team of up to {team['size']}, code {team['code']}; nobody is in two"
    )


def grow_a_packet(story: Story) -> None:
    """A friend opens a red packet before a sale; a check-in makes it more, once a day."""
    campaign = _warm(story)
    path = f"{_PACKETS}/{campaign['id']}/packet"
    given = story.wechat.post("/_control/login-codes", expect=200)
    friend = Client(story.shop.base_url)
    friend.token = friend.post("/api/v1/sessions", {"code": given["code"]})["token"]
    first = friend.post(path)
    again = friend.post(path)
    check(first["coupon_id"] == again["coupon_id"], "pressing twice opened two packets")
    check(first["next_value_fen"] > first["value_fen"], "a check-in wouldn't raise it")
    story.say(f"a friend opens a red packet, once: a coupon of ¥{yuan(first['value_fen'])}")
    for _ in range(2):
        friend.post("/api/v1/check-in", expect=200)
    grown = until("the growth", lambda: _grown(friend.get(path)))
    check(grown["value_fen"] == first["next_value_fen"], f"it is worth {grown['value_fen']}")
    story.say(
        f"today's check-in makes it ¥{yuan(grown['value_fen'])}, however often it is pressed;"
        f" at most it gets ¥{yuan(grown['cap_fen'])}, and it is used from {campaign['sale_first']}"
    )


def _warm(story: Story) -> dict[str, Any]:
    """A campaign of which packets are opened: the demo shop's, or one of the tour's own."""
    for one in story.shop.get(_PACKETS, limit=100)["items"]:
        shown: dict[str, Any] = story.shop.get(f"{_PACKETS}/{one['id']}")
        if shown["state"] == "warm_up" and not shown["all_opened"]:
            return shown
    today = datetime.now(SHOP_ZONE).date()
    days = {"warm_first": 0, "warm_last": 6, "sale_first": 7, "sale_last": 9}
    terms = {
        "name": "导览红包",
        "rules": "预热期每天签到，红包变大；促销期使用。",
        **{name: str(today + timedelta(days=after)) for name, after in days.items()},
        "values_fen": [200, 500, 800],
        "packets": 1_000,
    }
    admin = "/admin/api/v1/packet-campaigns"
    campaign_id = story.staff.post(admin, terms)["id"]
    public = {"replaces": 1, "accept_warnings": True}
    story.staff.post(f"{admin}/{campaign_id}/publication", public, expect=200)
    path = f"{_PACKETS}/{campaign_id}"
    until("the warm-up", lambda: story.shop.get(path)["state"] == "warm_up")
    return dict(story.shop.get(path))


def _grown(packet: dict[str, Any]) -> dict[str, Any] | None:
    return packet if packet["check_ins"] else None


def _publish(story: Story) -> str:
    rule = {"name": "导览抽奖", "reward": [{"kind": "points", "count": 50}]}
    rule_id = story.staff.post("/admin/api/v1/reward-rules", rule)["id"]
    start = datetime.now(UTC) + timedelta(seconds=BEGINS_IN_S)
    prize = {"name": "50 积分", "rule_id": rule_id, "worth_fen": 50, "count": 20}
    terms = {
        "name": "导览抽奖",
        "text": "每次抽奖用一次机会，机会可用积分兑换。",
        "starts_at": start.isoformat(),
        "ends_at": (start + timedelta(days=1)).isoformat(),
        "tickets": 100,
        "price_points": PRICE,
        "prizes": [prize, {"name": "谢谢参与", "kind": "thanks", "weight": 1}],
    }
    lottery_id = str(story.staff.post("/admin/api/v1/lotteries", terms)["id"])
    public = {"replaces": 1, "accept_warnings": True}
    story.staff.post(f"/admin/api/v1/lotteries/{lottery_id}/publication", public, expect=200)
    return lottery_id


def _draw(shop: Client, path: str) -> dict[str, Any]:
    drawn: dict[str, Any] = shop.post(f"{path}/draws", {"nonce": uuid.uuid4().hex})
    return drawn


def _compute_again(shown: dict[str, Any], drawn: list[dict[str, Any]], lottery_id: str) -> None:
    secret = bytes.fromhex(shown["secret"])
    check(hashlib.sha256(secret).hexdigest() == shown["commitment"], "it is another secret")
    for one in drawn:
        message = f"{lottery_id}:{one['version']}:{one['number']}:{one['nonce']}"
        random = hmac.digest(secret, message.encode(), "sha256").hex()
        check(random == one["random"], f"draw {one['number']} doesn't follow from the secret")
