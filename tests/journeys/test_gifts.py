"""Stories of orders with gifts: sent, partly returned, refunded in full, paid too late."""

from __future__ import annotations

import pytest

from mall.kernel.db import transaction
from mall.orders.closing import close_unpaid
from tests.support.aftersales import AfterSalesShop
from tests.support.catalog import make_sku
from tests.support.http import error_code
from tests.support.inventory import Units, stock, units
from tests.support.promotions import make_gift, make_promotion, promotion_of

PARCEL = {"carrier_code": "SF", "tracking_no": "SF7654321"}


def make_gift_for_two(given: int, bought: int) -> int:
    """满二赠一: for two units of the SKU `bought` one of `given`, once."""
    rule = {"gift": {"sku_id": str(given), "from_units": 2, "repeat": False}}
    scope = {"only": {"sku_ids": [str(bought)]}}
    return make_promotion(rule, name="满二赠一", scope=scope, gift_stock=100)


def sent_back(shop: AfterSalesShop, order_no: str, quantity: int) -> dict[int, int]:
    """Units of the first line go back by parcel; SKU id → units of the after-sale."""
    number = shop.applied(order_no, quantity, kind="return_and_refund")
    lines = shop.after_sale(number)["lines"]
    shop.pressed(shop.clerk, number, "approval", {})
    shop.pressed(shop.shopper, number, "return-shipment", PARCEL)
    shop.pressed(shop.clerk, number, "receipt", {"resellable": True})
    shop.money_goes()
    shop.let_time_pass(2)
    return {int(line["sku_id"]): line["quantity"] for line in lines}


def test_gifts_come_back_with_the_goods_that_earned_them(shop: AfterSalesShop) -> None:
    given = stock(make_sku(500, name="毯子"), 5)
    promotion_id = make_gift(given, shop.sku_id, gift_stock=3)
    order_no = shop.sent(3)
    assert (units(shop.sku_id), units(given)) == (Units(17, sold=3), Units(2, sold=3))
    alone = shop.apply(order_no, 1, line=1, kind="return_and_refund")
    assert (alone.status_code, error_code(alone)) == (409, "nothing_to_refund")

    assert sent_back(shop, order_no, 1) == {shop.sku_id: 1, given: 1}
    assert shop.detail(order_no)["refunded_fen"] == 1234
    assert (units(shop.sku_id), units(given)) == (Units(18, sold=2), Units(3, sold=2))
    assert promotion_of(promotion_id).gifts_given == 3, "its own until the order is closed"

    assert sent_back(shop, order_no, 2) == {shop.sku_id: 2, given: 2}
    order = shop.detail(order_no)
    assert (order["status"], order["refunded_fen"]) == ("shipped", 3 * 1234), "freight stays"
    shop.refunded(order_no, 0, lines=[], freight_fen=order["freight_fen"])
    assert shop.status(order_no) == "closed"
    assert (units(shop.sku_id), units(given)) == (Units(20), Units(5))
    assert promotion_of(promotion_id).gifts_given == 0


def test_before_it_is_sent_the_gift_is_cancelled_too(shop: AfterSalesShop) -> None:
    given = stock(make_sku(500), 5)
    promotion_id = make_gift(given, shop.sku_id)
    order_no = shop.bought(2)
    number = shop.applied(order_no, 2)
    shop.pressed(shop.clerk, number, "approval", {})
    shop.money_goes()
    order = shop.detail(order_no)
    assert (order["status"], order["refunded_fen"]) == ("closed", order["paid_fen"])
    assert [line["refunded_quantity"] for line in order["lines"]] == [2, 2]
    assert (units(shop.sku_id), units(given)) == (Units(20), Units(5))
    assert promotion_of(promotion_id).gifts_given == 0


def test_more_was_bought_than_the_gift_needs(shop: AfterSalesShop) -> None:
    """One gift for two units: of three bought units one may go back without it."""
    given = stock(make_sku(500), 5)
    rule = {"gift": {"sku_id": str(given), "from_units": 2, "units": 1, "repeat": False}}
    make_gift(given, shop.sku_id, rule=rule)
    order_no = shop.sent(3)
    assert sent_back(shop, order_no, 1) == {shop.sku_id: 1}
    assert sent_back(shop, order_no, 1) == {shop.sku_id: 1, given: 1}


@pytest.mark.parametrize(("gift_stock", "status"), [(2, "replaced"), (1, "returned")])
def test_paid_too_late_it_needs_its_gift_again(
    shop: AfterSalesShop, gift_stock: int, status: str
) -> None:
    """Somebody else takes one meanwhile: what was promised is kept, or the money goes back."""
    given = stock(make_sku(500), 5)
    promotion_id = make_gift(given, shop.sku_id, gift_stock=gift_stock)
    order_no = shop.order(1)
    parameters = shop.start(order_no)
    with transaction() as session:
        assert close_unpaid(session, order_no, "expired")
    shop.order(1)
    shop.approve(parameters)
    shop.settle_down()
    shop.sweep()
    assert shop.payment(order_no)["status"] == status
    assert promotion_of(promotion_id).gifts_given == gift_stock


def test_a_gift_whose_ground_is_gone_goes_along_when_it_is_agreed_to(
    shop: AfterSalesShop,
) -> None:
    """Buy two, get one: of two after-sales the first took the gift along, and is called off."""
    given = stock(make_sku(500), 5)
    make_gift_for_two(given, shop.sku_id)
    order_no = shop.bought(2)
    first = shop.applied(order_no, 1)
    assert len(shop.after_sale(first)["lines"]) == 2
    second = shop.applied(order_no, 1)
    assert len(shop.after_sale(second)["lines"]) == 1
    shop.pressed(shop.shopper, first, "cancellation")
    shop.pressed(shop.clerk, second, "approval", {})
    shop.money_goes()
    assert len(shop.after_sale(second)["lines"]) == 2
    lines = shop.detail(order_no)["lines"]
    assert [line["refunded_quantity"] for line in lines] == [1, 1]
    assert units(given) == Units(5)


def test_a_gift_that_is_earned_again_stays(shop: AfterSalesShop) -> None:
    """Three units: two claims left one, the first is called off, so two are kept after all."""
    given = stock(make_sku(500), 5)
    make_gift_for_two(given, shop.sku_id)
    order_no = shop.bought(3)
    first, second = shop.applied(order_no, 1), shop.applied(order_no, 1)
    assert len(shop.after_sale(second)["lines"]) == 2
    shop.pressed(shop.shopper, first, "cancellation")
    shop.pressed(shop.clerk, second, "approval", {})
    shop.money_goes()
    assert [line["refunded_quantity"] for line in shop.detail(order_no)["lines"]] == [1, 0]
    assert units(given) == Units(4, sold=1)
