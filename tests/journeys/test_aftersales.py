"""Stories about goods that go back, through HTTP, to the fen."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from mall.aftersales.settings import WINDOW_DAYS
from mall.aftersales.settling import settle_due
from mall.kernel.db import db
from mall.staff.models import AuditEntry
from tests.support.aftersales import ADDRESS, AfterSalesShop, upload
from tests.support.catalog import make_sku
from tests.support.http import error_code
from tests.support.inventory import Units, stock, units
from tests.support.promotions import make_promotion
from tests.support.settings import set_setting


def test_before_shipping_in_two_parts_with_the_freight_at_last(shop: AfterSalesShop) -> None:
    order_no = shop.bought(3)
    freight = shop.detail(order_no)["freight_fen"]
    assert freight > 0
    first = shop.applied(order_no, 1)
    assert shop.after_sale(first)["freight_fen"] == 0
    blocked = shop.ship(order_no)
    assert (blocked.status_code, error_code(blocked)) == (409, "order_in_after_sale")

    approved = shop.pressed(shop.clerk, first, "approval", {})
    assert (approved["status"], approved["refund_fen"]) == ("refunding", 1234)
    shop.money_goes()
    done = shop.after_sale(first)
    assert (done["status"], done["refund_status"]) == ("refunded", "succeeded")
    assert shop.path_of(first) == [
        ("applied", "shopper"),
        ("refunding", "staff"),
        ("refunded", "wechat"),
    ]
    assert units(shop.sku_id) == Units(18, sold=2), "it never left, so it is on sale again"

    shop.let_time_pass(2)
    rest = shop.applied(order_no, 2)
    assert shop.after_sale(rest)["freight_fen"] == freight
    assert shop.pressed(shop.clerk, rest, "approval", {})["refund_fen"] == 2 * 1234 + freight
    shop.money_goes()
    order = shop.detail(order_no)
    assert (order["status"], order["refunded_fen"]) == ("closed", order["paid_fen"])
    assert shop.wechat_payments()[0]["refunded"] == order["paid_fen"]
    assert units(shop.sku_id) == Units(20)


@pytest.mark.parametrize("resellable", [True, False])
def test_sent_back_with_pictures_and_refunded(shop: AfterSalesShop, resellable: bool) -> None:
    order_no = shop.sent(3)
    shown = shop.shopper.get(f"/api/v1/orders/{order_no}/after-sale-options").get_json()
    assert [(line["left"], line["unsent"]) for line in shown["lines"]] == [(3, 0)]
    pictures = [upload(shop.shopper), upload(shop.shopper)]
    number = shop.applied(
        order_no,
        2,
        kind="return_and_refund",
        reason="damaged",
        description="开线了",
        pictures=pictures,
    )
    assert [p["name"] for p in shop.after_sale(number)["pictures"]] == pictures
    again = shop.apply(order_no, 1, pictures=pictures[:1])
    assert (again.status_code, error_code(again)) == (404, "upload_not_found")

    agreed = shop.pressed(shop.clerk, number, "approval", {"word": "请寄回"})
    assert (agreed["status"], agreed["return_address"]) == ("returning", ADDRESS)
    parcel = {"carrier_code": "SF", "tracking_no": "SF7654321"}
    sent = shop.pressed(shop.shopper, number, "return-shipment", parcel)
    assert (sent["status"], sent["return_carrier"]) == ("returned", "顺丰速运")
    late = shop.press(shop.shopper, number, "cancellation")
    assert (late.status_code, error_code(late)) == (409, "after_sale_state")

    received = shop.pressed(shop.clerk, number, "receipt", {"resellable": resellable})
    assert (received["status"], received["refund_fen"]) == ("refunding", 2 * 1234)
    shop.money_goes()
    assert shop.after_sale(number)["status"] == "refunded"
    order = shop.detail(order_no)
    assert (order["status"], order["refunded_fen"]) == ("shipped", 2 * 1234), "no freight"
    assert units(shop.sku_id) == Units(19 if resellable else 17, sold=1)
    actions = set(db.session.scalars(select(AuditEntry.action)))
    assert {"after_sale.approve", "after_sale.receive", "refund.request"} <= actions


def test_refused_and_asked_again(shop: AfterSalesShop) -> None:
    order_no = shop.sent(1)
    number = shop.applied(order_no, 1, kind="return_and_refund")
    wordless = shop.press(shop.clerk, number, "refusal", {"word": ""})
    assert wordless.status_code == 422
    refused = shop.pressed(shop.clerk, number, "refusal", {"word": "已使用，不支持退货"})
    assert refused["status"] == "refused"
    assert shop.after_sale(number)["steps"][-1]["word"] == "已使用，不支持退货"
    for verb, body in (("approval", {}), ("offer", {"amount_fen": 1})):
        answer = shop.press(shop.clerk, number, verb, body)
        assert (answer.status_code, error_code(answer)) == (409, "after_sale_state")
    again = shop.applied(order_no, 1)
    assert shop.pressed(shop.shopper, again, "cancellation")["status"] == "canceled"
    assert shop.pressed(shop.shopper, again, "cancellation")["status"] == "canceled"
    assert shop.detail(order_no)["refunded_fen"] == 0


def test_an_offer_is_taken_and_the_rest_isnt_paid_later(shop: AfterSalesShop) -> None:
    order_no = shop.sent(2)
    number = shop.applied(order_no, 1, reason="defective")
    high = shop.press(shop.clerk, number, "offer", {"amount_fen": 1235})
    assert (high.status_code, error_code(high)) == (409, "offer_too_high")
    offered = shop.pressed(shop.clerk, number, "offer", {"amount_fen": 500, "word": "补偿 5 元"})
    assert (offered["status"], offered["offer_fen"]) == ("offered", 500)
    taken = shop.pressed(shop.shopper, number, "acceptance")
    assert (taken["status"], taken["refund_fen"]) == ("refunding", 500)
    shop.money_goes()
    shop.let_time_pass(2)
    last = shop.applied(order_no, 1)
    assert shop.after_sale(last)["goods_fen"] == 1234, "what was given up stays given up"
    shop.pressed(shop.clerk, last, "approval", {})
    shop.money_goes()
    assert shop.detail(order_no)["refunded_fen"] == 1734


def test_staff_say_nothing_and_it_is_approved(shop: AfterSalesShop) -> None:
    order_no = shop.bought(1)
    number = shop.applied(order_no, 1)
    shop.days_pass(1)
    assert shop.after_sale(number)["status"] == "applied"
    shop.days_pass(1)
    assert shop.path_of(number)[-1] == ("refunding", "time")
    shop.money_goes()
    assert shop.after_sale(number)["status"] == "refunded"
    assert shop.status(order_no) == "closed"


def test_nobody_acts_on_a_return(shop: AfterSalesShop) -> None:
    """The shopper lets it pass: withdrawn. The staff let it pass: received, no stock moved."""
    order_no = shop.sent(2)
    dropped = shop.applied(order_no, 1, kind="return_and_refund")
    shop.days_pass(2)
    assert shop.path_of(dropped)[-1] == ("returning", "time")
    shop.days_pass(7)
    assert shop.path_of(dropped)[-1] == ("canceled", "time")
    number = shop.applied(order_no, 1, kind="return_and_refund")
    shop.pressed(shop.clerk, number, "approval", {})
    parcel = {"carrier_code": "SF", "tracking_no": "SF7654321"}
    shop.pressed(shop.shopper, number, "return-shipment", parcel)
    shop.days_pass(10)
    shop.money_goes()
    assert shop.after_sale(number)["status"] == "refunded"
    assert units(shop.sku_id) == Units(18, sold=2)


def test_an_offer_that_is_left_is_withdrawn(shop: AfterSalesShop) -> None:
    number = shop.applied(shop.sent(1), 1)
    shop.pressed(shop.clerk, number, "offer", {"amount_fen": 1})
    shop.days_pass(7)
    assert shop.path_of(number)[-1] == ("canceled", "time")


def test_without_a_return_address_time_waits_for_staff(shop: AfterSalesShop) -> None:
    db.session.execute(text("DELETE FROM return_addresses"))
    db.session.commit()
    number = shop.applied(shop.sent(1), 1, kind="return_and_refund")
    shop.days_pass(2)
    assert shop.after_sale(number)["status"] == "applied"
    answer = shop.press(shop.clerk, number, "approval", {})
    assert (answer.status_code, error_code(answer)) == (409, "return_address_missing")
    given = shop.pressed(shop.clerk, number, "approval", {"return_address": ADDRESS})
    assert given["status"] == "returning"


def test_what_cant_be_asked_for(shop: AfterSalesShop) -> None:
    unpaid, paid = shop.order(1), shop.bought(2)
    assert error_code(shop.apply(unpaid, 1)) == "order_state"
    assert error_code(shop.apply(paid, 3)) == "after_sale_quantity"
    assert error_code(shop.apply(paid, 1, kind="return_and_refund")) == "not_sent_yet"
    foreign = {"line_id": shop.detail(shop.bought(1))["lines"][0]["id"], "quantity": 1}
    assert error_code(shop.apply(paid, 1, lines=[foreign])) == "after_sale_quantity"
    shop.applied(paid, 1)
    assert error_code(shop.apply(paid, 2)) == "after_sale_quantity"
    done = shop.sent(1)
    assert shop.shopper.post(f"/api/v1/orders/{done}/receipt").status_code == 204
    shop.days_pass(6)
    shop.pressed(shop.shopper, shop.applied(done, 1), "cancellation")
    shop.days_pass(1)
    assert error_code(shop.apply(done, 1)) == "after_sale_too_late"


def test_a_settled_order_stays_over_when_the_window_is_made_longer(shop: AfterSalesShop) -> None:
    done = shop.sent(1)
    assert shop.shopper.post(f"/api/v1/orders/{done}/receipt").status_code == 204
    shop.days_pass(8)
    assert settle_due() == 1
    set_setting(WINDOW_DAYS, 30)
    assert error_code(shop.apply(done, 1)) == "after_sale_too_late"


def test_another_refund_was_faster(shop: AfterSalesShop) -> None:
    order_no = shop.bought(2)
    number = shop.applied(order_no, 2)
    shop.refunded(order_no, 1)
    answer = shop.press(shop.clerk, number, "approval", {})
    assert (answer.status_code, error_code(answer)) == (409, "refund_not_possible")
    assert shop.after_sale(number)["status"] == "applied"


def test_a_refund_that_was_cancelled_ends_it(shop: AfterSalesShop) -> None:
    order_no = shop.bought(1)
    number = shop.applied(order_no, 1)
    error = {"status": 400, "code": "INVALID_REQUEST", "message": "拒绝"}
    shop.fault("api", "error", path="/v3/refund/domestic/refunds", error=error)
    refund_no = shop.pressed(shop.clerk, number, "approval", {})["refund_no"]
    shop.money_goes()
    assert shop.after_sale(number)["refund_status"] == "failed"
    off = shop.staff.post(f"/admin/api/v1/refunds/{refund_no}/cancellation")
    assert off.status_code == 200, off.get_json()
    shop.days_pass(0)
    assert shop.path_of(number)[-1] == ("refused", "staff")
    assert shop.apply(order_no, 1).status_code == 201, "its unit is free again"


def test_discounted_lines_go_back_one_by_one_to_the_fen(shop: AfterSalesShop) -> None:
    """Two lines bought with 7.77 off: each unit's share, the reason shown, nothing left over."""
    make_promotion({"amount_off": {"steps": [{"from_fen": 1000, "off_fen": 777}]}})
    order_no = shop.sent(3, **{str(stock(make_sku(1001), 5)): 2})
    order = shop.detail(order_no)
    goods_fen = order["payable_fen"] - order["freight_fen"]
    assert goods_fen == 3 * 1234 + 2 * 1001 - 777
    asked = []
    for line, quantity in ((0, 1), (1, 2), (0, 2)):
        number = shop.applied(order_no, quantity, line=line)
        sale = shop.after_sale(number)
        (item,), (discount,) = sale["lines"], sale["discounts"]
        assert discount["lane"] == "PROMOTION"
        assert item["price_fen"] * quantity + discount["amount_fen"] == sale["goods_fen"]
        shop.pressed(shop.clerk, number, "approval", {})
        shop.money_goes()
        shop.let_time_pass(2)
        asked.append(shop.after_sale(number)["refund_fen"])
    assert sum(asked) == goods_fen
    assert shop.detail(order_no)["refunded_fen"] == goods_fen


def test_lists_and_filters(shop: AfterSalesShop) -> None:
    order_no = shop.bought(2, **{str(stock(make_sku(500), 5)): 1})
    one, two = shop.applied(order_no, 1), shop.applied(order_no, 1, line=1, reason="late")
    shop.pressed(shop.shopper, one, "cancellation")
    mine = shop.shopper.get("/api/v1/after-sales", limit=1).get_json()
    assert [item["after_sale_no"] for item in mine["items"]] == [two]
    more = shop.shopper.get("/api/v1/after-sales", cursor=mine["next_cursor"]).get_json()
    assert [item["after_sale_no"] for item in more["items"]] == [one]
    for query, expected in (
        ({"open": "true"}, [two]),
        ({"status": "canceled"}, [one]),
        ({"reason": "late"}, [two]),
        ({"order_no": order_no}, [two, one]),
        ({"user_id": "99999"}, []),
    ):
        found = shop.clerk.get("/admin/api/v1/after-sales", **query).get_json()["items"]
        assert [item["after_sale_no"] for item in found] == expected, query


def test_the_thread_of_a_dispute(shop: AfterSalesShop) -> None:
    order_no = shop.sent(1)
    theirs = upload(shop.clerk, path="/admin/api/v1/uploads")
    path = f"orders/{order_no}/dispute-notes"
    said = {"text": "少了一个枕套", "pictures": [upload(shop.shopper)]}
    assert shop.shopper.post(f"/api/v1/{path}", said).status_code == 201
    stolen = shop.shopper.post(f"/api/v1/{path}", {"text": "?", "pictures": [theirs]})
    assert (stolen.status_code, error_code(stolen)) == (404, "upload_not_found")
    answered = shop.clerk.post(f"/admin/api/v1/{path}", {"text": "补发", "pictures": [theirs]})
    assert answered.status_code == 201, answered.get_json()
    thread = shop.shopper.get(f"/api/v1/{path}").get_json()["items"]
    assert [(n["author"], n["text"]) for n in thread] == [
        ("staff", "补发"),
        ("shopper", "少了一个枕套"),
    ]
    assert shop.shopper.get(thread[0]["pictures"][0]["thumbnail_url"]).status_code == 200
