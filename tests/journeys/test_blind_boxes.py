"""Blind boxes by HTTP: three are bought, two opened, one is given back and another refunded at the
lottery's end."""

from __future__ import annotations

import secrets

from mall.lottery.boxes.ending import refund_unopened
from tests.support.aftersales import AfterSalesShop
from tests.support.boxes import PRICE_FEN
from tests.support.catalog import make_sku
from tests.support.http import Http, error_code
from tests.support.inventory import stock, units
from tests.support.lottery import ADMIN, SHOPPER, all_agree, begin, lottery_terms, prize
from tests.support.staff import make_staff
from tests.support.users import make_shopper


def opened(me: Http, path: str) -> str:
    """The name of what was in the next box."""
    drawn = me.post(f"{path}/draws", {"nonce": secrets.token_hex(16)})
    assert drawn.status_code == 201, drawn.get_json()
    return str(drawn.get_json()["name"])


def another_comes(shop: AfterSalesShop) -> None:
    """Another shopper with a phone of their own."""
    shop.openid = shop.control("/login-codes")["openid"]
    shop.user_id, token = make_shopper(openid=shop.openid)
    shop.shopper = Http(shop.app).as_(token)


def test_bought_opened_given_back_and_ended(shop: AfterSalesShop) -> None:
    http, me = Http(shop.app), shop.shopper
    staff = http.as_(make_staff("*"))
    sku_id = stock(make_sku(PRICE_FEN, "盲盒"), 20)
    prizes = (prize(count=1, name="隐藏款"), prize(count=9, name="普通款"))
    lottery_id = staff.post(ADMIN, lottery_terms(*prizes, tickets=10)).get_json()["id"]
    path = f"{SHOPPER}/{lottery_id}"
    orders = f"{path}/box-orders"
    bound = {"sku_id": str(sku_id), "daily_boxes": 4}
    assert error_code(staff.post(f"{ADMIN}/{lottery_id}/box", bound)) == "lottery_not_published"
    staff.post(f"{ADMIN}/{lottery_id}/publication", {"replaces": 1, "accept_warnings": True})
    assert staff.post(f"{ADMIN}/{lottery_id}/box", bound).status_code == 201
    three = {"units": 3, "expected_payable_fen": 3 * PRICE_FEN, "of_age": True}
    assert error_code(me.post(orders, three)) == "lottery_not_started"
    begin(int(lottery_id))
    assert error_code(staff.put(f"{ADMIN}/{lottery_id}/box", bound)) == "box_started"

    shown = http.get(path).get_json()
    box = shown["box"]
    assert (box["sku_id"], box["price_fen"], box["left"]) == (str(sku_id), PRICE_FEN, 10)
    assert "监护人" in box["notice"]
    assert [(one["odds"], one["left"]) for one in shown["prizes"]] == [("1/10", 1), ("9/10", 9)]
    assert error_code(me.post(orders, {**three, "of_age": False})) == "box_age_unconfirmed"
    assert error_code(me.post(orders, {**three, "expected_payable_fen": 1})) == "price_changed"
    order_no = me.post(orders, three).get_json()["order_no"]
    assert http.get(path).get_json()["box"]["left"] == 7, "promised while it waits for its money"
    two = {**three, "units": 2, "expected_payable_fen": 2 * PRICE_FEN}
    assert error_code(me.post(orders, two)) == "box_daily_cap"
    assert (
        error_code(me.post(f"{path}/draws", {"nonce": "0123456789abcdef"})) == "lottery_no_chance"
    )
    shop.pay(order_no)
    shop.work()
    assert shop.status(order_no) == "completed"
    assert me.get(f"{path}/standing").get_json()["boxed"] == 3

    assert {opened(me, path), opened(me, path)} <= {"隐藏款", "普通款"}
    assert shop.apply(order_no, 2).get_json()["error"]["code"] == "box_opened"
    assert error_code(me.post(f"{orders}/{order_no}/returns", {"units": 2})) == "box_opened"
    assert error_code(shop.refund(order_no, 3)) == "box_opened"
    sale = shop.applied(order_no, 1)
    shop.pressed(shop.clerk, sale, "approval")
    shop.money_goes()
    (line,) = me.get(orders).get_json()["items"]
    assert (line["units"], line["opened"], line["unopened"], line["refunded"]) == (3, 2, 0, 1)
    assert (
        error_code(me.post(f"{path}/draws", {"nonce": "0123456789abcdef"})) == "lottery_no_chance"
    )
    assert shop.detail(order_no)["refunded_fen"] == PRICE_FEN
    assert http.get(path).get_json()["box"]["left"] == 8
    assert units(sku_id).sellable == 18

    last = {**three, "units": 1, "expected_payable_fen": PRICE_FEN}
    unopened = me.post(orders, last).get_json()["order_no"]
    shop.pay(unopened)
    shop.work()
    returned = me.post(f"{orders}/{unopened}/returns", {"units": 1})
    assert returned.status_code == 201, returned.get_json()
    shop.money_goes()
    assert shop.detail(unopened)["refunded_fen"] == PRICE_FEN

    another_comes(shop)
    kept = shop.shopper.post(orders, last).get_json()["order_no"]
    shop.pay(kept)
    shop.work()
    _, stranger = make_shopper()
    returns = f"{orders}/{kept}/returns"
    assert error_code(http.as_(stranger).post(returns, {"units": 1})) == "order_not_found"
    staff.post(f"{ADMIN}/{lottery_id}/end", {"reason": "提前结束"})
    assert error_code(shop.shopper.post(orders, last)) == "lottery_over"
    assert refund_unopened() == 1
    assert refund_unopened() == 0
    shop.money_goes()
    assert shop.detail(kept)["refunded_fen"] == PRICE_FEN
    figures = staff.get(f"{ADMIN}/{lottery_id}/box").get_json()
    assert [figures[name] for name in ("orders", "sold", "opened", "refunded")] == [3, 5, 2, 3]
    assert figures["taken"] == 2
    all_agree(int(lottery_id))
