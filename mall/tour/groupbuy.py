"""The tour's team: five buy together, and get back what they paid beyond their tier."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from mall.kernel.money import yuan
from mall.tour.client import Client, TourFailed, check, until
from mall.tour.scene import Story, sellable

NAME, STOCK, MEMBERS = "导览拼团", 12, 5
RATES_BP = {2: 9_000, 5: 8_000, 9: 7_000}
"""Members → what each pays, in basis points of the shop's price."""
LEAST_FEN = 1_000
_ACTIVITIES = "/admin/api/v1/group-activities"
_GROUP = "/api/v1/group-buy"
_Shopper = tuple[Client, str, str]
"""The client, the openid, an address."""


def buy_together(story: Story) -> None:
    """An activity, a team that grows, its end at a tier, and the difference back to everybody."""
    _end_old_ones(story)
    activity_id, sku, prices = _start(story)
    page = story.shop.get(f"{_GROUP}/products/{sku['spu_id']}")
    check(NAME in str(page), "the product's page doesn't show the group-buy")
    code, paid_fen = _open(story, activity_id, sku)
    friends = [_newcomer(story) for _ in range(MEMBERS - 1)]
    _share(story, code, friends[0][0])
    for place, friend in enumerate(friends, 2):
        _join(story, friend, code, sku)
        team = _paid(story, code, place)
        if place == 2:
            check(team["status"] == "formed", f"with two the team is {team['status']}")
            story.say("with the second member the team is formed: the parcels may go")
    story.say(f"{MEMBERS} have paid ¥{yuan(paid_fen)} each; the tier of {MEMBERS} is reached")
    _settle(story, activity_id, code)
    back_fen = prices[2] - prices[MEMBERS]
    for openid in (story.openid, *(openid for _, openid, _ in friends)):
        _wait_for_difference(story, openid, back_fen)
    story.say(f"¥{yuan(back_fen)} arrived at each of the {MEMBERS}, once, in WeChat's own books")
    brought = story.shop.get(f"{_GROUP}/my-brought")["items"]
    check(
        [one["state"] for one in brought[: MEMBERS - 1]] == ["promised"] * (MEMBERS - 1),
        f"the leader was promised {brought}",
    )
    story.say(f"the leader is promised a reward for each of {MEMBERS - 1} new customers")


def _start(story: Story) -> tuple[str, dict[str, Any], dict[int, int]]:
    """An activity of a product that has none: its id, the SKU, and the price by members."""
    sku = _free_sku(story)
    prices = {size: sku["price_fen"] * rate // 10_000 for size, rate in RATES_BP.items()}
    now = datetime.now(UTC)
    tiers = [
        {"size": size, "prices": [{"sku_id": sku["id"], "price_fen": fen}]}
        for size, fen in prices.items()
    ]
    body = {
        "name": NAME,
        "accept_warnings": True,
        "mode": "difference",
        "spu_id": sku["spu_id"],
        "starts_at": (now - timedelta(minutes=1)).isoformat(),
        "ends_at": (now + timedelta(hours=2)).isoformat(),
        "team_open_min": 60,
        "pay_min": 15,
        "leader_rule_id": _rule(story),
        "skus": [{"sku_id": sku["id"], "stock": STOCK}],
        "tier_sets": [{"name": "标准档", "tiers": tiers}],
    }
    made = story.staff.post(_ACTIVITIES, body)
    falling = [*tiers[:-1], {**tiers[-1], "prices": tiers[0]["prices"]}]
    wrong = {**body, "tier_sets": [{"name": "标准档", "tiers": falling}]}
    story.staff.post(_ACTIVITIES, wrong, expect=422)
    before = sellable(story, sku["id"])
    story.staff.post(f"{_ACTIVITIES}/{made['id']}/start", {"accept_warnings": True}, expect=200)
    check(sellable(story, sku["id"]) == before - STOCK, "the activity's stock isn't set aside")
    shown = ", ".join(f"{size} pay ¥{yuan(fen)}" for size, fen in prices.items())
    story.say(
        f"staff start a group-buy of {sku['name']} (alone ¥{yuan(sku['price_fen'])}): {shown}"
    )
    story.say(f"{STOCK} units are set aside; a tier that doesn't fall was refused")
    return made["id"], sku, prices


def _free_sku(story: Story) -> dict[str, Any]:
    started = story.staff.get(_ACTIVITIES, status="started", limit=100)["items"]
    taken = {one["spu_id"] for one in started}
    for product in story.shop.get("/api/v1/products", limit=50)["items"]:
        if product["id"] in taken:
            continue
        sku = story.shop.get(f"/api/v1/products/{product['id']}")["skus"][0]
        if sku["price_fen"] >= LEAST_FEN and sellable(story, sku["id"]) >= STOCK:
            return {**sku, "name": product["name"], "spu_id": product["id"]}
    raise TourFailed("no product is free for a group-buy")


def _rule(story: Story) -> str:
    """What a leader gets for a new customer: a rule of this tour's, or of one before."""
    rules = "/admin/api/v1/reward-rules"
    for one in story.staff.get(rules, limit=100)["items"]:
        if one["name"] == NAME and one["enabled"]:
            return str(one["id"])
    reward = [{"kind": "points", "count": 50}]
    return str(story.staff.post(rules, {"name": NAME, "reward": reward})["id"])


def _open(story: Story, activity_id: str, sku: dict[str, Any]) -> tuple[str, int]:
    """The shopper opens a team and pays: its code, and what was paid."""
    place = {"activity_id": activity_id}
    goods = {"sku_id": sku["id"], "units": 1, "address_id": story.address_id}
    quote = story.shop.post(f"{_GROUP}/quotes", {**place, **goods}, expect=200)
    payable_fen = quote["quote"]["payable_fen"]
    agreed = {**goods, "expected_payable_fen": payable_fen}
    seat = story.shop.post(f"{_GROUP}/teams", {**place, **agreed})
    code = str(seat["team_code"])
    early = _newcomer(story)
    refused = early[0].post(
        f"{_GROUP}/teams/{code}/orders", {**agreed, "address_id": early[2]}, expect=409
    )
    check(refused["error"]["code"] == "group_team_unpaid", f"refused as {refused['error']['code']}")
    _pay(story, story.shop, seat["order_no"])
    _paid(story, code, 1)
    back = ", ".join(f"{one['size']} → ¥{yuan(one['back_fen'])}" for one in quote["tiers"])
    story.say(f"the shopper opens team {code} for ¥{yuan(payable_fen)}, and was shown what each")
    story.say(f"  size gives back: {back}; nobody could join before it was paid")
    return code, payable_fen


def _share(story: Story, code: str, friend: Client) -> None:
    card = story.shop.get(f"{_GROUP}/teams/{code}/card")
    friend.call("PUT", f"{_GROUP}/teams/{code}/visit", expect=204)
    team = friend.get(f"{_GROUP}/teams/{code}")
    check(team["can_join"] and team["mine"] is None, "a friend can't join")
    check(story.openid not in str(team), "the page names the leader")
    story.say(f"it is shared as “{card['title']}”; a friend sees {team['missing']} missing")


def _join(story: Story, friend: _Shopper, code: str, sku: dict[str, Any]) -> None:
    client, _, address_id = friend
    goods = {"sku_id": sku["id"], "units": 1, "address_id": address_id}
    quote = client.post(f"{_GROUP}/quotes", {"team_code": code, **goods}, expect=200)
    agreed = {**goods, "expected_payable_fen": quote["quote"]["payable_fen"]}
    seat = client.post(f"{_GROUP}/teams/{code}/orders", agreed)
    _pay(story, client, seat["order_no"])


def _settle(story: Story, activity_id: str, code: str) -> None:
    """Staff end the activity, and each of its teams by what it has."""
    ending = {"decision": "form", "reason": "导览结束"}
    story.staff.post(f"{_ACTIVITIES}/{activity_id}/ending", ending, expect=200)
    team = until("the team's end", lambda: _settled(story, code), within_s=60)
    check(team["reached_size"] == MEMBERS, f"the tier of {team['reached_size']} rules")
    story.say("staff end the activity before its time: the team is settled at what it reached")


def _settled(story: Story, code: str) -> Any:
    team = story.shop.get(f"{_GROUP}/teams/{code}")
    return team if team["status"] == "settled" else None


def _paid(story: Story, code: str, members: int) -> Any:
    """The team, once so many have paid."""

    def grown() -> Any:
        team = story.shop.get(f"{_GROUP}/teams/{code}")
        return team if team["seats"]["paid"] == members else None

    return until("the payment of a seat", grown)


def _wait_for_difference(story: Story, openid: str, back_fen: int) -> None:
    until("the difference", lambda: _back(story, openid) == back_fen, within_s=60)


def _back(story: Story, openid: str) -> int:
    """What WeChat's books say was refunded of somebody's last payment."""
    payments = story.wechat.get("/_control/payments", openid=openid)["payments"]
    refunds = story.wechat.get("/_control/refunds")["refunds"]
    number = payments[0]["out_trade_no"]
    of_it = [one for one in refunds if one["out_trade_no"] == number]
    check(len(of_it) <= 1, f"{len(of_it)} refunds of one difference")
    return sum(one["amount"]["refund"] for one in of_it if one["status"] == "SUCCESS")


def _pay(story: Story, client: Client, order_no: str) -> None:
    answer = client.post(f"/api/v1/orders/{order_no}/payment", expect=200)
    story.wechat.post("/_control/request-payment", answer["parameters"], expect=200)


def _newcomer(story: Story) -> _Shopper:
    given = story.wechat.post("/_control/login-codes", expect=200)
    client = Client(story.shop.base_url)
    client.token = client.post("/api/v1/sessions", {"code": given["code"]})["token"]
    own = story.shop.get("/api/v1/addresses")["items"][0]
    address = {
        "receiver": "李小红",
        "phone": "13900139000",
        "region_code": own["region_code"],
        "detail": "文二西路 2 号",
        "is_default": True,
    }
    return client, str(given["openid"]), str(client.post("/api/v1/addresses", address)["id"])


def _end_old_ones(story: Story) -> None:
    """Of a tour that was broken off."""
    for old in story.staff.get(_ACTIVITIES, status="started", limit=100)["items"]:
        if old["name"] == NAME:
            ending = {"decision": "form", "reason": "导览中断"}
            story.staff.post(f"{_ACTIVITIES}/{old['id']}/ending", ending, expect=200)
