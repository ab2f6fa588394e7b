"""A lottery by HTTP: a check-in gives a chance, the chance a draw, the draw a coupon, which is
used; the lottery ends, and everything can be computed again."""

from __future__ import annotations

import secrets

from mall.lottery.proofs.verifying import PublishedVersion, Verifier, row_of
from tests.support.aftersales import AfterSalesShop
from tests.support.coupons import terms
from tests.support.http import Http, error_code
from tests.support.lottery import ADMIN, SHOPPER, begin, lottery_terms, prize, thanks
from tests.support.staff import make_staff

TEMPLATES, RULES = "/admin/api/v1/coupon-templates", "/admin/api/v1/reward-rules"
PLANS, CHECK_IN = "/admin/api/v1/check-in-plans", "/api/v1/check-in"


def test_check_in_chance_draw_coupon(shop: AfterSalesShop) -> None:
    http, me = Http(shop.app), shop.shopper
    staff = http.as_(make_staff("*"))
    template = staff.post(TEMPLATES, terms(way="reward", threshold_fen=0)).get_json()["id"]
    reward = {"name": "中奖券", "reward": [{"kind": "coupon", "what": template}]}
    rule_id = int(staff.post(RULES, reward).get_json()["id"])
    draft = lottery_terms(prize(rule_id, weight=1, name="优惠券"), thanks(0))
    lottery_id = staff.post(ADMIN, draft).get_json()["id"]
    path = f"{SHOPPER}/{lottery_id}"
    published = staff.post(
        f"{ADMIN}/{lottery_id}/publication", {"replaces": 1, "accept_warnings": True}
    )
    assert published.status_code == 200, published.get_json()

    chance = {"kind": "lottery_chance", "what": lottery_id}
    daily = staff.post(RULES, {"name": "抽奖机会", "reward": [chance]}).get_json()["id"]
    plan = {"name": "签到抽奖", "days": 7, "rewards": [{"kind": "daily", "rule_id": daily}]}
    assert staff.post(PLANS, {**plan, "replaces": 0}).status_code == 201
    begin(int(lottery_id))

    nonce = {"nonce": secrets.token_hex(16)}
    assert error_code(me.post(f"{path}/draws", nonce)) == "lottery_no_chance"
    assert me.post(CHECK_IN).status_code == 200
    assert me.get(f"{path}/standing").get_json()["given"] == 1
    drawn = me.post(f"{path}/draws", nonce).get_json()
    assert (drawn["name"], drawn["refusal"]) == ("优惠券", None)
    assert error_code(me.post(f"{path}/draws", nonce)) == "lottery_no_chance"

    (coupon,) = me.get("/api/v1/coupons").get_json()["items"]
    wanted = {
        "lines": [{"sku_id": str(shop.sku_id), "quantity": 2}],
        "address_id": str(shop.address_id),
        "choices": {"coupons": coupon["id"]},
    }
    quote = me.post("/api/v1/quotes", wanted).get_json()
    assert quote["discount_fen"] > 0
    order = {**wanted, "expected_payable_fen": quote["payable_fen"]}
    order_no = me.post("/api/v1/orders", order).get_json()["order_no"]
    shop.pay(order_no)
    shop.work()
    assert shop.status(order_no) == "paid"

    staff.post(f"{ADMIN}/{lottery_id}/end", {"reason": "活动结束"})
    shown = http.get(path).get_json()
    versions = [PublishedVersion(**one) for one in shown["versions"]]
    verifier = Verifier(versions, shown["commitment"], bytes.fromhex(shown["secret"]))
    rows = [row_of(one) for one in http.get(f"{path}/proofs").get_json()["items"]]
    assert [*verifier.published(), *verifier.rows(rows), *verifier.count(shown["drawn"])] == []
    assert [one["prize"] for one in http.get(f"{path}/winners").get_json()["items"]] == ["优惠券"]
