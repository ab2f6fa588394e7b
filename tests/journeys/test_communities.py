"""社群 by HTTP: a phrase of the group hides a coupon that an order uses; what members buy reaches a
goal once it can't come back any more, and each who took part opens a blind box."""

from __future__ import annotations

import secrets
from typing import Any

from mall.aftersales.jobs import settle_orders
from tests.support.aftersales import AfterSalesShop
from tests.support.boxes import PRICE_FEN
from tests.support.catalog import make_sku
from tests.support.communities import begin, hidden_terms, mission_terms
from tests.support.coupons import terms as coupon_terms
from tests.support.http import Http, error_code
from tests.support.inventory import stock
from tests.support.lottery import ADMIN as LOTTERIES
from tests.support.lottery import SHOPPER as BOXES
from tests.support.lottery import begin as begin_lottery
from tests.support.lottery import lottery_terms, prize
from tests.support.orders import make_address
from tests.support.staff import make_staff
from tests.support.users import make_shopper

DESK = "/admin/api/v1"
CLAIMS, COMMUNITIES = "/api/v1/hidden-coupon-claims", "/api/v1/communities"
PHRASE = "金桂飘香老友价"


def made(staff: Http, path: str, body: dict[str, Any]) -> str:
    answer = staff.post(f"{DESK}{path}", body)
    assert answer.status_code == 201, answer.get_json()
    return str(answer.get_json()["id"])


def published(staff: Http, path: str) -> None:
    body = {"replaces": 1, "accept_warnings": True}
    answer = staff.post(f"{DESK}{path}/publication", body)
    assert answer.status_code == 200, answer.get_json()


def rule(staff: Http, kind: str, what: str) -> str:
    reward = [{"kind": kind, "what": what, "count": 1}]
    return made(staff, "/reward-rules", {"name": "社群奖励", "reward": reward})


def blind_boxes(staff: Http) -> str:
    """A lottery whose ten tickets are sold as boxes, under way."""
    sku_id = stock(make_sku(PRICE_FEN, "盲盒"), 20)
    lottery_id = str(
        staff.post(LOTTERIES, lottery_terms(prize(count=10), tickets=10)).get_json()["id"]
    )
    public = {"replaces": 1, "accept_warnings": True}
    assert staff.post(f"{LOTTERIES}/{lottery_id}/publication", public).status_code == 200
    bound = {"sku_id": str(sku_id), "daily_boxes": 4}
    assert staff.post(f"{LOTTERIES}/{lottery_id}/box", bound).status_code == 201
    begin_lottery(int(lottery_id))
    return lottery_id


def another_comes(shop: AfterSalesShop) -> Http:
    """Another shopper is at the phone from now on."""
    shop.openid = shop.control("/login-codes")["openid"]
    shop.user_id, token = make_shopper(openid=shop.openid)
    shop.address_id = make_address(shop.user_id)
    shop.shopper = Http(shop.app).as_(token)
    return shop.shopper


def received(shop: AfterSalesShop, order_no: str) -> None:
    assert shop.ship(order_no).status_code == 201
    shop.work()
    assert shop.shopper.post(f"/api/v1/orders/{order_no}/receipt").status_code in {200, 204}


def settled(shop: AfterSalesShop) -> None:
    """Nothing of what was received can come back any more."""
    shop.days_pass(30)
    settle_orders()
    shop.work()


def ordered_with_coupon(shop: AfterSalesShop) -> str:
    """Two units at 12.34 yuan, five yuan off, paid."""
    (coupon,) = shop.shopper.get("/api/v1/coupons").get_json()["items"]
    wanted = {
        "lines": [{"sku_id": str(shop.sku_id), "quantity": 2}],
        "address_id": str(shop.address_id),
        "choices": {"coupons": coupon["id"]},
    }
    quote = shop.shopper.post("/api/v1/quotes", wanted).get_json()
    assert quote["discount_fen"] == 500
    placed = shop.shopper.post(
        "/api/v1/orders", {**wanted, "expected_payable_fen": quote["payable_fen"]}
    )
    assert placed.status_code == 201, placed.get_json()
    order_no = str(placed.get_json()["order_no"])
    shop.pay(order_no)
    shop.work()
    detail = shop.detail(order_no)
    assert (detail["status"], detail["payable_fen"]) == ("paid", 1_968 + detail["freight_fen"])
    assert shop.shopper.get("/api/v1/coupons", tab="used").get_json()["items"]
    return order_no


def test_a_hidden_coupon_is_used_and_members_reach_a_goal(shop: AfterSalesShop) -> None:
    staff, me = Http(shop.app).as_(make_staff("*")), shop.shopper
    template = made(staff, "/coupon-templates", coupon_terms(way="reward"))
    hidden = hidden_terms(phrase=PHRASE, places=1, rule_id=rule(staff, "coupon", template))
    hidden_id = made(staff, "/hidden-coupons", hidden)
    assert error_code(me.post(CLAIMS, {"phrase": PHRASE})) == "hidden_coupon_phrase_unknown"
    cost = staff.get(f"{DESK}/hidden-coupons/{hidden_id}/preview").get_json()
    assert (cost["expected_fen"], cost["worst_fen"]) == (500, 500)
    published(staff, f"/hidden-coupons/{hidden_id}")
    boxes = blind_boxes(staff)
    community = staff.post(f"{DESK}/communities", {"name": "老友群"}).get_json()
    goal = mission_terms(
        counts="settled_orders", target=2, rule_id=rule(staff, "lottery_chance", boxes)
    )
    mission_id = made(staff, f"/communities/{community['id']}/missions", goal)
    published(staff, f"/community-missions/{mission_id}")
    begin(int(mission_id))
    missions = f"{COMMUNITIES}/{community['id']}/missions"

    # The phrase of the group, and the coupon behind it.
    assert error_code(me.post(CLAIMS, {"phrase": "金桂飘香"})) == "hidden_coupon_phrase_unknown"
    assert me.post(CLAIMS, {"phrase": f" {PHRASE} "}).get_json()["id"] == hidden_id
    assert me.post(COMMUNITIES, {"code": community["code"]}).status_code == 201
    received(shop, ordered_with_coupon(shop))
    (shown,) = me.get(missions).get_json()["items"]
    assert (shown["total"], shown["mine"]) == (0, 0), "it may come back yet"
    settled(shop)
    (shown,) = me.get(missions).get_json()["items"]
    assert (shown["state"], shown["total"], shown["mine"]) == ("running", 1, 1)

    # A mate comes too late for the coupon. Of two orders one is given back, one counts.
    mate = another_comes(shop)
    assert error_code(mate.post(CLAIMS, {"phrase": PHRASE})) == "hidden_coupon_used_up"
    assert error_code(mate.get(missions)) == "community_not_found"
    mate.post(COMMUNITIES, {"code": community["code"]})
    given_back = shop.bought(1)
    shop.refunded(given_back, 1, freight_fen=shop.detail(given_back)["freight_fen"])
    received(shop, shop.bought(1))
    looker = Http(shop.app).as_(make_shopper()[1])
    looker.post(COMMUNITIES, {"code": community["code"]})
    settled(shop)
    for member, mine, rewarded in ((me, 1, True), (mate, 1, True), (looker, 0, False)):
        (shown,) = member.get(missions).get_json()["items"]
        assert (shown["state"], shown["total"]) == ("reached", 2)
        assert (shown["mine"], shown["rewarded"]) == (mine, rewarded)
    told = staff.get(f"{DESK}/community-missions/{mission_id}/figures").get_json()
    assert (told["members"], told["took_part"], told["given"], told["due"]) == (3, 2, 2, 0)

    # The goal gave each of the two a box to open, once.
    for member, draws in ((me, 1), (mate, 1), (looker, 0)):
        for _ in range(draws):
            opened = member.post(f"{BOXES}/{boxes}/draws", {"nonce": secrets.token_hex(16)})
            assert opened.status_code == 201, opened.get_json()
        again = member.post(f"{BOXES}/{boxes}/draws", {"nonce": secrets.token_hex(16)})
        assert error_code(again) == "lottery_no_chance"
