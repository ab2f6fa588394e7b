"""Stories of an order with a promotion: paid, returned in parts, closed, paid too late."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from mall.kernel.db import transaction
from mall.orders.closing import close_unpaid
from mall.orders.states import CLOSED
from tests.support.catalog import make_sku
from tests.support.inventory import stock
from tests.support.payments import Shop, assert_money_is_right
from tests.support.promotions import make_promotion, promotion_of
from tests.support.servers import LiveServer


@pytest.fixture
def shop(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> Iterator[Shop]:
    shop = Shop(app, simulator, work)
    yield shop
    assert_money_is_right(shop)


def refund_line(shop: Shop, order_no: str, line_id: str, quantity: int, freight_fen: int) -> None:
    lines = [{"line_id": line_id, "quantity": quantity}]
    body = {"lines": lines, "freight_fen": freight_fen, "reason": "不想要了"}
    asked = shop.staff.post(f"/admin/api/v1/orders/{order_no}/refunds", body)
    assert asked.status_code == 201, asked.get_json()
    shop.work()
    shop.settle_down()
    shop.let_time_pass(2)


def test_full_cut_paid_a_part_returned_then_the_rest(shop: Shop) -> None:
    """满50减7 over three units at 12.34 and one at 33.33: 70.35, less 7.00."""
    steps = {"steps": [{"from_fen": 5_000, "off_fen": 700}]}
    promotion_id = make_promotion({"amount_off": steps}, max_orders=1)
    other = stock(make_sku(3_333, name="毯子"), 10)
    order_no = shop.bought(3, **{str(other): 1})
    order = shop.detail(order_no)
    assert (order["discount_fen"], order["freight_fen"]) == (700, 1_000)
    assert order["paid_fen"] == 3 * 1_234 + 3_333 - 700 + 1_000
    first, second = order["lines"]
    # 700 × 3702 / 7035 = 368.4, 700 × 3333 / 7035 = 331.6: the remainder goes to the second.
    assert [first["payable_fen"], second["payable_fen"]] == [3_702 - 368, 3_333 - 332]
    assert promotion_of(promotion_id).paused == "budget"

    back = 0
    for line_id, quantity, freight_fen, expected in (
        (first["id"], 1, 0, 3_334 // 3),
        (second["id"], 1, 0, 3_001),
        (first["id"], 1, 0, 3_334 * 2 // 3 - 3_334 // 3),
        (first["id"], 1, 1_000, 3_334 - 3_334 * 2 // 3 + 1_000),
    ):
        refund_line(shop, order_no, line_id, quantity, freight_fen)
        back += expected
        assert shop.detail(order_no)["refunded_fen"] == back
    assert back == order["paid_fen"]
    assert shop.status(order_no) == CLOSED
    assert shop.wechat_payments()[0]["refunded"] == order["paid_fen"]
    row = promotion_of(promotion_id)
    assert (row.paused, row.orders, row.spent_fen) == (None, 0, 0), "closed: its part is back"


def test_cancelled_then_somebody_else_has_it(shop: Shop) -> None:
    promotion_id = make_promotion({"percent": {"pay_bp": 9_000}}, max_orders=1)
    order_no = shop.order(2)
    assert shop.detail(order_no)["discount_fen"] == 2 * 123
    assert shop.cancel(order_no).status_code == 200
    assert promotion_of(promotion_id).orders == 0
    assert shop.detail(shop.bought(1))["discount_fen"] == 123


def paid_late(shop: Shop, order_no: str, steal: Callable[[], object]) -> dict[str, object]:
    """The shop closes the order behind WeChat's back while the password is being typed."""
    parameters = shop.start(order_no)
    with transaction() as session:
        assert close_unpaid(session, order_no, "expired")
    steal()
    shop.approve(parameters)
    shop.settle_down()
    shop.sweep()
    return shop.payment(order_no)


def test_paid_too_late_it_takes_its_part_again(shop: Shop) -> None:
    promotion_id = make_promotion({"percent": {"pay_bp": 9_000}}, max_orders=1)
    state = paid_late(shop, shop.order(1), lambda: None)
    assert state["status"] == "replaced"
    assert promotion_of(promotion_id).orders == 1


def test_paid_too_late_and_the_budget_is_gone(shop: Shop) -> None:
    promotion_id = make_promotion({"percent": {"pay_bp": 9_000}}, max_orders=1)
    state = paid_late(shop, shop.order(1), lambda: shop.order(1))
    assert state["status"] == "returned", "the payment goes back in full"
    assert promotion_of(promotion_id).orders == 1
