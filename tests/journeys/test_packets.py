"""An expanding red packet by HTTP: opened, grown by check-ins day by day, used in the sale."""

from __future__ import annotations

from typing import Any

from tests.support.aftersales import AfterSalesShop
from tests.support.http import Http, error_code
from tests.support.packets import ADMIN, SHOPPER, open_check_in, packet_terms, shop_days_pass
from tests.support.staff import make_staff

CHECK_IN = "/api/v1/check-in"


def wanted(shop: AfterSalesShop, coupon: str) -> dict[str, Any]:
    return {
        "lines": [{"sku_id": str(shop.sku_id), "quantity": 2}],
        "address_id": str(shop.address_id),
        "choices": {"coupons": coupon},
    }


def checked_in(shop: AfterSalesShop) -> None:
    assert shop.shopper.post(CHECK_IN).status_code == 200
    shop.work()


def own(shop: AfterSalesShop) -> dict[str, Any]:
    """The shopper's only coupon, whatever became of it."""
    found = [
        one
        for tab in ("usable", "used", "expired")
        for one in shop.shopper.get("/api/v1/coupons", tab=tab).get_json()["items"]
    ]
    (coupon,) = found
    return dict(coupon)


def test_it_grows_to_the_cap_and_is_used_in_the_sale(shop: AfterSalesShop) -> None:
    open_check_in()
    staff = Http(shop.app).as_(make_staff("games:read", "games:write", "games:publish"))
    made = staff.post(ADMIN, packet_terms(budget_fen=120_000, threshold_fen=2_000))
    assert made.status_code == 201, made.get_json()
    campaign_id = made.get_json()["id"]
    path, mine = f"{ADMIN}/{campaign_id}", f"{SHOPPER}/{campaign_id}/packet"
    assert error_code(Http(shop.app).get(f"{SHOPPER}/{campaign_id}")) == "packet_campaign_not_found"
    cost = staff.get(f"{path}/preview", used_bp=2_500, check_ins=1).get_json()
    assert cost == {"packets": 100, "expected_fen": 20_000, "worst_fen": 120_000}
    published = staff.post(f"{path}/publication", {"replaces": 1, "accept_warnings": True})
    assert published.get_json()["state"] == "upcoming", published.get_json()
    assert error_code(shop.shopper.post(mine)) == "packet_not_started"

    shop_days_pass()  # the first day of the warm-up
    assert [one["id"] for one in Http(shop.app).get(SHOPPER).get_json()["items"]] == [campaign_id]
    assert error_code(shop.shopper.get(mine)) == "packet_not_opened"
    opened = shop.shopper.post(mine)
    assert opened.status_code == 201, opened.get_json()
    shown = opened.get_json()
    assert (shown["value_fen"], shown["next_value_fen"], shown["days_left"]) == (500, 800, 5)
    checked_in(shop)
    checked_in(shop)  # twice a day is once
    shown = shop.shopper.get(mine).get_json()
    assert (shown["value_fen"], shown["next_value_fen"], shown["days_left"]) == (800, 1_200, 4)
    coupon = shown["coupon_id"]
    early = shop.shopper.post("/api/v1/quotes", wanted(shop, coupon))
    assert error_code(early) == "coupon_not_usable"
    for _ in range(2):  # the third day's brings no more than the cap
        shop_days_pass()
        checked_in(shop)
    shown = shop.shopper.get(mine).get_json()
    assert (shown["value_fen"], shown["next_value_fen"], shown["check_ins"]) == (1_200, None, 3)

    shop_days_pass(3)  # the day between
    checked_in(shop)  # counts no more
    assert shop.shopper.get(mine).get_json()["check_ins"] == 3
    assert error_code(shop.shopper.post("/api/v1/quotes", wanted(shop, coupon))) == (
        "coupon_not_usable"
    )
    shop_days_pass()  # the sale
    assert Http(shop.app).get(f"{SHOPPER}/{campaign_id}").get_json()["state"] == "sale"
    quote = shop.shopper.post("/api/v1/quotes", wanted(shop, coupon)).get_json()
    assert quote["discount_fen"] == 1_200
    body = {**wanted(shop, coupon), "expected_payable_fen": quote["payable_fen"]}
    placed = shop.shopper.post("/api/v1/orders", body)
    assert placed.status_code == 201, placed.get_json()
    order_no = placed.get_json()["order_no"]
    shop.pay(order_no)
    shop.work()
    told = staff.get(f"{path}/figures").get_json()
    assert (told["opened"], told["used"], told["cost_fen"]) == (1, 1, 1_200)
    assert told["by_value"][-1] == {"value_fen": 1_200, "packets": 1}
    listed = staff.get(f"{path}/packets").get_json()["items"]
    assert [(one["coupon_id"], one["coupon_status"]) for one in listed] == [(coupon, "used")]

    money = shop.detail(order_no)
    assert money["payable_fen"] == 2 * 1_234 - 1_200 + money["freight_fen"]
    assert own(shop)["status"] == "used"
    shop.let_time_pass(2)
    shop.refunded(order_no, 1)
    shop.work()
    assert shop.detail(order_no)["refunded_fen"] == 634, "a unit's share of what was paid"
    assert own(shop)["status"] == "used", "a part of the order stands"
    shop.let_time_pass(2)
    shop.refunded(order_no, 1, freight_fen=money["freight_fen"])
    shop.work()
    assert shop.detail(order_no)["refunded_fen"] == money["payable_fen"]
    back = own(shop)
    assert (back["id"], back["status"], back["amount_fen"]) == (coupon, "available", 1_200)
    shop_days_pass(2)  # after the sale
    late = shop.shopper.post("/api/v1/quotes", wanted(shop, coupon))
    assert error_code(late) == "coupon_not_usable"
    assert Http(shop.app).get(SHOPPER).get_json()["items"] == []
