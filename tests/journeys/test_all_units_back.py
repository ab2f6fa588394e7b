"""Stories of orders whose last units come back: for nothing, in two parts, without freight."""

from __future__ import annotations

import pytest

from mall.aftersales.jobs import follow_refunds
from tests.support.aftersales import AfterSalesShop
from tests.support.catalog import make_sku
from tests.support.http import error_code
from tests.support.inventory import Units, stock, units
from tests.support.payments import REFUND
from tests.support.promotions import make_promotion, promotion_of


def seven_for_five(shop: AfterSalesShop) -> str:
    """Seven units of 0.01 of which 0.05 is paid."""
    shop.sku_id = stock(make_sku(1, name="回形针"), 20)
    make_promotion({"amount_off": {"steps": [{"from_fen": 7, "off_fen": 2}]}})
    order_no = shop.bought(7)
    assert shop.detail(order_no)["lines"][0]["payable_fen"] == 5
    return order_no


def test_a_unit_whose_share_is_nothing_comes_back(shop: AfterSalesShop) -> None:
    order_no = seven_for_five(shop)
    asked = shop.applied(order_no, 1)
    assert shop.after_sale(asked)["goods_fen"] == 0
    shop.pressed(shop.clerk, asked, "approval", {})
    shop.money_goes()
    assert shop.after_sale(asked)["status"] == "refunded"
    shop.refunded(order_no, 1)
    line = shop.detail(order_no)["lines"][0]
    assert (line["refunded_quantity"], line["refunded_fen"]) == (2, 0)
    assert units(shop.sku_id) == Units(15, sold=5)
    refused = shop.refund(order_no, 2, amount_fen=0)
    assert (refused.status_code, error_code(refused)) == (409, "refund_not_possible")
    rest = shop.applied(order_no, 5)
    shop.pressed(shop.clerk, rest, "approval", {})
    shop.money_goes()
    order = shop.detail(order_no)
    assert (order["status"], order["refunded_fen"]) == ("closed", order["paid_fen"])


def test_a_unit_for_nothing_is_sent_back(shop: AfterSalesShop) -> None:
    order_no = seven_for_five(shop)
    assert shop.ship(order_no).status_code == 201
    number = shop.applied(order_no, 1, kind="return_and_refund")
    shop.pressed(shop.clerk, number, "approval", {})
    parcel = {"carrier_code": "SF", "tracking_no": "SF7654321"}
    shop.pressed(shop.shopper, number, "return-shipment", parcel)
    shop.pressed(shop.clerk, number, "receipt", {"resellable": True})
    shop.money_goes()
    assert shop.after_sale(number)["status"] == "refunded"
    assert units(shop.sku_id) == Units(14, sold=6)


def goods_back(shop: AfterSalesShop, order_no: str) -> None:
    """Staff give back one unit without freight; WeChat takes the next refund a little later."""
    shop.refunded(order_no, 1, freight_fen=0)
    shop.let_time_pass(2)
    shop.sweep()


def test_an_order_of_which_nothing_is_kept_closes_without_its_freight(
    shop: AfterSalesShop,
) -> None:
    """Staff give back the goods alone, before anything left: the freight may follow by hand."""
    promotion_id = make_promotion({"amount_off": {"steps": [{"from_fen": 2, "off_fen": 1}]}})
    order_no = shop.bought(2)
    before = shop.detail(order_no)
    goods_back(shop, order_no)
    assert shop.status(order_no) == "paid"
    goods_back(shop, order_no)
    after = shop.detail(order_no)
    assert (after["status"], after["refunded_fen"]) == (
        "closed",
        before["paid_fen"] - before["freight_fen"],
    )
    assert before["freight_fen"] > 0
    assert units(shop.sku_id) == Units(20)
    assert promotion_of(promotion_id).orders == 0
    shop.refunded(order_no, 0, lines=[], freight_fen=before["freight_fen"])
    assert shop.detail(order_no)["refunded_fen"] == before["paid_fen"]
    again = shop.refund(order_no, 0, lines=[], freight_fen=1)
    assert (again.status_code, error_code(again)) == (409, "order_state")


def test_an_order_of_which_nothing_is_kept_closes_after_an_offer(shop: AfterSalesShop) -> None:
    order_no = shop.bought(2)
    number = shop.applied(order_no, 2)
    shop.pressed(shop.clerk, number, "offer", {"amount_fen": 1_000})
    shop.pressed(shop.shopper, number, "acceptance")
    shop.money_goes()
    order = shop.detail(order_no)
    assert (order["status"], order["refunded_fen"]) == ("closed", 1_000)
    assert units(shop.sku_id) == Units(20)


def test_while_a_refund_is_on_its_way_the_order_stays(shop: AfterSalesShop) -> None:
    """Its units may still be kept: it could fail, and staff call it off."""
    order_no = shop.bought(2)
    shop.fault(REFUND, "drop")
    first = shop.refunded(order_no, 1, freight_fen=0)
    assert shop.show_refund(first)["status"] == "sent"
    shop.refunded(order_no, 1, freight_fen=0)
    assert shop.status(order_no) == "paid"
    shop.let_time_pass(5)
    shop.sweep()
    assert shop.status(order_no) == "closed"


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_two_open_after_sales_the_freight_that_was_shown_comes(
    shop: AfterSalesShop, order: tuple[int, int]
) -> None:
    order_no = shop.bought(2)
    freight = shop.detail(order_no)["freight_fen"]
    numbers = [shop.applied(order_no, 1) for _ in range(2)]
    assert [shop.after_sale(number)["freight_fen"] for number in numbers] == [0, freight]
    for place in order:
        shop.pressed(shop.clerk, numbers[place], "approval", {})
        shop.money_goes()
        shop.let_time_pass(2)
    follow_refunds()
    shown = [shop.after_sale(number) for number in numbers]
    assert [one["refund_fen"] for one in shown] == [1234, 1234 + freight]
    assert shop.status(order_no) == "closed"
