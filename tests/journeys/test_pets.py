"""A pet by HTTP: a purchase is a mission, the mission gives feed, the feed a stage, the stage a
coupon; the order is refunded, and all of that goes."""

from __future__ import annotations

from typing import Any

from mall.aftersales.jobs import settle_orders
from tests.support.aftersales import AfterSalesShop
from tests.support.board import an_hour_passes
from tests.support.board import terms as mission_terms
from tests.support.coupons import terms as coupon_terms
from tests.support.http import Http, error_code
from tests.support.payments import assert_money_is_right
from tests.support.pets import ADMIN, SEASONS, SHARED, begin_season, season_terms, stage
from tests.support.staff import make_staff
from tests.support.users import make_shopper

TEMPLATES, RULES = "/admin/api/v1/coupon-templates", "/admin/api/v1/reward-rules"
MISSIONS, SHARES = "/admin/api/v1/missions", "/api/v1/shares"


def made(answer: Any) -> Any:
    assert answer.status_code in (200, 201), answer.get_json()
    return answer.get_json()


def compose(staff: Http) -> str:
    """A season whose second stage gives a coupon, and the mission that feeds it."""
    template = made(staff.post(TEMPLATES, coupon_terms(way="reward", threshold_fen=0)))["id"]
    coupon = {"name": "小猫券", "reward": [{"kind": "coupon", "what": template}]}
    rule_id = made(staff.post(RULES, coupon))["id"]
    stages = [stage("幼崽", 0), stage("小猫", 20, int(rule_id), worth_fen=500)]
    season_id = str(made(staff.post(ADMIN, season_terms(stages=stages)))["id"])
    made(staff.post(f"{ADMIN}/{season_id}/publication", {"replaces": 1, "accept_warnings": True}))
    feed = {"name": "饲料", "reward": [{"kind": "feed", "what": season_id, "count": 2}]}
    feed_rule = made(staff.post(RULES, feed))["id"]
    made(staff.post(MISSIONS, mission_terms(rule_ids=[feed_rule], at_once=True)))
    an_hour_passes()
    begin_season(int(season_id))
    return season_id


def visits(shop: AfterSalesShop) -> None:
    """The shopper opens the mini-program: WeChat checks texts of recent visitors alone."""
    code = shop.control("/login-codes", openid=shop.openid)["code"]
    made(Http(shop.app).post("/api/v1/sessions", {"code": code}))


def settled(shop: AfterSalesShop) -> str:
    """An order that is paid, sent, received, and past the time in which it may come back."""
    order_no = shop.sent(2)
    assert shop.shopper.post(f"/api/v1/orders/{order_no}/receipt").status_code == 204
    shop.work()
    shop.days_pass(30)
    settle_orders()
    shop.work()
    return order_no


def test_bought_fed_grown_refunded_lost(shop: AfterSalesShop) -> None:
    me, staff = shop.shopper, Http(shop.app).as_(make_staff("*"))
    season_id = compose(staff)
    visits(shop)
    path = f"{SEASONS}/{season_id}/pet"
    assert error_code(me.put(path, {"name": "赌博"})) == "pet_name_refused"
    assert made(me.put(path, {"name": "咪咪"}))["feed_left"] == 0
    assert error_code(me.post(f"{path}/feedings", {"portions": 1})) == "pet_no_feed"

    order_no = settled(shop)
    assert me.get(path).get_json()["feed_left"] == 2
    fed = made(me.post(f"{path}/feedings", {"portions": 2}))
    assert (fed["growth"], fed["stage_name"], fed["feed_left"]) == (20, "小猫", 0)
    shop.work()
    (coupon,) = me.get("/api/v1/coupons").get_json()["items"]
    assert coupon["status"] == "available"
    assert me.get(path).get_json()["rewards"] == [
        {"stage": 1, "status": "granted", "refusal": None}
    ]

    shop.refunded(order_no, 2)
    shop.work()
    lost = me.get(path).get_json()
    assert (lost["growth"], lost["stage_name"], lost["reached"]) == (0, "幼崽", 0)
    assert [one["status"] for one in lost["rewards"]] == ["reversed"]
    held = me.get("/api/v1/coupons").get_json()["items"]
    assert not [one for one in held if one["status"] == "available"]
    kinds = [one["kind"] for one in me.get(f"{path}/entries").get_json()["items"]]
    assert kinds == ["reversal", "feed"]
    figures = staff.get(f"{ADMIN}/{season_id}/figures").get_json()
    assert (figures["pets"], figures["cost_fen"], figures["reversals"]) == (1, 0, 2)
    assert_money_is_right(shop)


def test_a_friend_opens_the_page_and_waters(shop: AfterSalesShop) -> None:
    me, staff = shop.shopper, Http(shop.app).as_(make_staff("*"))
    season_id = compose(staff)
    visits(shop)
    mine = made(me.put(f"{SEASONS}/{season_id}/pet", {"name": "咪咪"}))
    page = {"page": {"kind": "pet", "id": mine["id"]}}
    shared = made(me.post(SHARES, page))
    assert shared["path"].startswith(f"pages/pet/index?id={mine['id']}")
    token = shared["token"]
    friend = Http(shop.app).as_(make_shopper()[1])
    assert error_code(friend.post(f"{SHARED}/{token}/waterings")) == "pet_not_opened"
    made(friend.post(f"{SHARES}/{token}/opens"))
    assert not made(friend.get(f"{SHARED}/{token}"))["watered_by_me_today"]
    watered = made(friend.post(f"{SHARED}/{token}/waterings"))
    assert (watered["growth"], watered["watered_by_me_today"]) == (2, True)
    assert error_code(friend.post(f"{SHARED}/{token}/waterings")) == "pet_watered_today"
    assert me.get(f"{SEASONS}/{season_id}/pet").get_json()["growth"] == 2
    shop.work()
    assert_money_is_right(shop)
