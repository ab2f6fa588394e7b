"""Stories of orders that aren't like others: money back for goods that are kept, orders that
cost nothing, goods that no parcel carries, and the end after which nothing is open.

What only a feature does (place an order of its kind, give a rebate, deliver) is done by the
command that features call; the rest by HTTP.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import text

from mall.aftersales.events import OrderSettled
from mall.aftersales.jobs import settle_orders
from mall.kernel.db import db, transaction
from mall.orders.events import OrderRefunded, SettledOrderReduced
from mall.orders.fulfilling import deliver
from mall.orders.kinds import NORMAL, OrderKind
from mall.orders.locking import lock_order
from mall.payments.refunds.causing import rebate, refund_in_full
from tests.support.aftersales import AfterSalesShop
from tests.support.catalog import make_sku
from tests.support.heard import heard
from tests.support.http import error_code
from tests.support.invariants import rows_of
from tests.support.inventory import Units, stock, units
from tests.support.kinds import (
    EXCHANGE,
    ONCE,
    PRIZE,
    SERVICE,
    Toy,
    coins_of,
    give_coins,
    place,
    toys,
)
from tests.support.orders import Buyer
from tests.support.payments import assert_money_is_right
from tests.support.servers import LiveServer
from tests.support.shipping import shipment_in_wechat

TIER = "toy:tier:1"
PREPAY = "/v3/pay/transactions/jsapi"
ORDERS = "/v3/pay/transactions/out-trade-no"
NO_SUCH_ORDER = {"status": 404, "code": "ORDER_NOT_EXIST", "message": "订单不存在"}


@pytest.fixture
def toy(app: Flask) -> Iterator[Toy]:
    with toys() as toy:
        yield toy


@pytest.fixture
def shop(
    app: Flask,
    toy: Toy,
    simulator: LiveServer,
    live_mall: LiveServer,
    work: Callable[[], None],
) -> Iterator[AfterSalesShop]:
    shop = AfterSalesShop(app, simulator, work)
    yield shop
    assert_money_is_right(shop)


def place_of(
    shop: AfterSalesShop, kind: OrderKind, count: int = 1, fen: int = 5_000, toy: str | None = None
) -> tuple[str, int]:
    """An order of so many units at this price: its number and the SKU."""
    sku = stock(make_sku(fen), 10)
    buyer = Buyer(shop.user_id, shop.shopper.token or "", shop.address_id)
    placed = place(buyer, {sku: count}, kind, toy)
    db.session.remove()
    return placed.order_no, sku


def paid(shop: AfterSalesShop, kind: OrderKind = NORMAL, count: int = 2) -> str:
    """An order of units at 50.00 that is paid in WeChat."""
    order_no, _ = place_of(shop, kind, count)
    shop.pay(order_no)
    return order_no


def give_rebate(order_no: str, fen: int, cause: str = TIER) -> str:
    with transaction() as session:
        return rebate(session, order_no, {1: fen}, cause, "阶梯价补差")


def returned(shop: AfterSalesShop, order_no: str, quantity: int) -> int:
    """A refund without a return is asked for and approved: what it gave."""
    number = shop.applied(order_no, quantity)
    shop.pressed(shop.clerk, number, "approval", {})
    shop.money_goes()
    shop.let_time_pass(2)  # WeChat wants a minute between refunds of one payment
    return int(shop.after_sale(number)["refund_fen"])


def test_a_rebate_then_returns_to_the_fen(shop: AfterSalesShop) -> None:
    order_no = paid(shop)
    with heard(OrderRefunded, SettledOrderReduced) as events:
        refund_no = give_rebate(order_no, 2_000)
        shop.money_goes()
        line = shop.detail(order_no)["lines"][0]
        assert (line["rebated_fen"], line["refunded_fen"], line["refunded_quantity"]) == (
            2_000,
            0,
            0,
        )
        shown = shop.show_refund(refund_no)
        assert (shown["amount_fen"], shown["cause"], shown["cancellable"]) == (2_000, TIER, False)
        assert shop.ship(order_no).status_code == 201

        shop.let_time_pass(2)
        options = shop.shopper.get(f"/api/v1/orders/{order_no}/after-sale-options").get_json()
        assert options["lines"][0]["left"] == 2
        assert returned(shop, order_no, 1) == 4_000
        assert shop.wechat_payments()[0]["refunded"] == 6_000
        assert returned(shop, order_no, 1) == 4_000
    order = shop.detail(order_no)
    assert (order["status"], order["refunded_fen"]) == ("closed", 10_000)
    assert order["paid_fen"] == 10_000
    assert shop.wechat_payments()[0]["refunded"] == 10_000
    told = [(e.amount_fen, dict(e.lines[0])) for e in events if isinstance(e, OrderRefunded)]

    def line_of(units: int, fen: int, *in_all: int) -> dict[str, int]:
        names = ("units_in_all", "refunded_in_all_fen", "rebated_in_all_fen")
        values = dict(zip(names, in_all, strict=True))
        return {"position": 1, "units": units, "amount_fen": fen, **values}

    assert told == [
        (2_000, line_of(0, 2_000, 0, 0, 2_000)),
        (4_000, line_of(1, 4_000, 1, 4_000, 2_000)),
        (4_000, line_of(1, 4_000, 2, 8_000, 2_000)),
    ]
    assert len(events) == 3, "nothing was settled yet"


def test_a_rebate_while_an_after_sale_is_open(shop: AfterSalesShop) -> None:
    """It keeps the share that it was told; where less is left, staff offer what there is."""
    order_no = paid(shop)
    number = shop.applied(order_no, 1)
    assert shop.after_sale(number)["goods_fen"] == 5_000
    give_rebate(order_no, 8_000)
    shop.money_goes()
    shop.let_time_pass(2)
    refused = shop.press(shop.clerk, number, "approval", {})
    assert (refused.status_code, error_code(refused)) == (409, "refund_not_possible")
    shop.pressed(shop.clerk, number, "offer", {"amount_fen": 2_000})
    assert shop.pressed(shop.shopper, number, "acceptance")["refund_fen"] == 2_000
    shop.money_goes()
    assert shop.wechat_payments()[0]["refunded"] == 10_000
    order = shop.detail(order_no)
    assert (order["status"], order["lines"][0]["refunded_quantity"]) == ("paid", 1)
    assert shop.ship(order_no).status_code == 201, "the other unit is kept"


def test_rebated_to_the_last_fen_it_still_ships(shop: AfterSalesShop) -> None:
    """Nobody returned anything: the order isn't closed, and what is kept can't be refunded."""
    order_no = paid(shop)
    order = shop.detail(order_no)
    assert order["freight_fen"] == 0, "the last fen is of the goods"
    give_rebate(order_no, 10_000)
    shop.money_goes()
    order = shop.detail(order_no)
    assert (order["status"], order["refunded_fen"]) == ("paid", 10_000)
    assert shop.ship(order_no).status_code == 201
    assert shop.status(order_no) == "shipped"
    asked = shop.apply(order_no, 1)
    assert (asked.status_code, error_code(asked)) == (409, "nothing_to_refund")


def test_only_refunds_that_succeeded_count_in_what_is_told(shop: AfterSalesShop) -> None:
    """One fails at WeChat while another arrives; staff retry what a feature caused, and can't
    cancel it."""
    order_no = paid(shop)
    error = {"status": 400, "code": "INVALID_REQUEST", "message": "拒绝"}
    shop.fault("api", "error", path="/v3/refund/domestic/refunds", error=error)
    failed = give_rebate(order_no, 500)
    shop.money_goes()
    assert shop.show_refund(failed)["status"] == "failed"
    shop.let_time_pass(2)
    with heard(OrderRefunded) as events:
        give_rebate(order_no, 700, "toy:tier:2")
        shop.money_goes()
        off = shop.staff.post(f"/admin/api/v1/refunds/{failed}/cancellation")
        assert (off.status_code, error_code(off)) == (409, "refund_not_cancellable")
        shop.let_time_pass(2)
        assert shop.retry(failed).status_code == 200
        shop.money_goes()
    assert shop.show_refund(failed)["status"] == "succeeded"
    assert shop.detail(order_no)["lines"][0]["rebated_fen"] == 1_200
    told = [(e.amount_fen, e.lines[0]["rebated_in_all_fen"]) for e in events]  # type: ignore[attr-defined]
    assert told == [(700, 700), (500, 1_200)]


def test_a_feature_gives_all_back_once(shop: AfterSalesShop) -> None:
    order_no = paid(shop)
    numbers = []
    for _ in range(2):
        with transaction() as session:
            numbers.append(refund_in_full(session, order_no, "toy:team:9", "拼团失败"))
        shop.money_goes()
    assert numbers[0] == numbers[1]
    order = shop.detail(order_no)
    assert (order["status"], order["refunded_fen"]) == ("closed", order["paid_fen"])
    assert [p["refunded"] for p in shop.wechat_payments()] == [order["paid_fen"]]


def test_an_order_that_costs_nothing_but_coins(shop: AfterSalesShop, toy: Toy) -> None:
    """Placed, sent, sent back: paid at once, never heard of by WeChat, its coins come back."""
    give_coins(shop.user_id, 20)
    order_no, sku = place_of(shop, EXCHANGE, 2, 9_900, "coins")
    order = shop.detail(order_no)
    assert (order["status"], order["payable_fen"], order["paid_fen"]) == ("paid", 0, 0)
    assert order["paid_at"] is not None
    assert order["freight_fen"] == 0
    assert (coins_of(shop.user_id), units(sku)) == (10, Units(8, sold=2))
    pressed = shop.shopper.post(f"/api/v1/orders/{order_no}/payment")
    assert (pressed.status_code, error_code(pressed)) == (409, "order_already_paid")
    listed = shop.shopper.get("/api/v1/orders", status="paid").get_json()["items"]
    assert [one["order_no"] for one in listed] == [order_no]

    assert shop.ship(order_no).status_code == 201
    shop.work()
    assert shop.shopper.post(f"/api/v1/orders/{order_no}/receipt").status_code == 204
    number = shop.applied(order_no, 2, kind="return_and_refund")
    assert shop.after_sale(number)["goods_fen"] == 0
    shop.pressed(shop.clerk, number, "approval", {})
    parcel = {"carrier_code": "SF", "tracking_no": "SF7654321"}
    shop.pressed(shop.shopper, number, "return-shipment", parcel)
    shop.pressed(shop.clerk, number, "receipt", {"resellable": True})
    shop.money_goes()
    assert shop.after_sale(number)["status"] == "refunded"
    assert (coins_of(shop.user_id), units(sku)) == (20, Units(10))
    assert [dict(back.units) for back in toy.backs] == [{1: 2}]
    assert toy.backs[0].in_full
    assert shop.wechat_payments() == []


def test_a_free_order_back_in_parts_before_it_is_sent(shop: AfterSalesShop, toy: Toy) -> None:
    """A unit by an after-sale, the other by staff: its coins and units come back by unit, the
    order is closed with the last one."""
    give_coins(shop.user_id, 10)
    order_no, sku = place_of(shop, EXCHANGE, 2, 9_900, "coins")
    number = shop.applied(order_no, 1)
    assert shop.pressed(shop.clerk, number, "approval", {})["refund_fen"] == 0
    shop.money_goes()
    assert shop.after_sale(number)["status"] == "refunded"
    assert (coins_of(shop.user_id), units(sku)) == (5, Units(9, sold=1))
    assert shop.status(order_no) == "paid"
    asked = shop.refund(order_no, 1)
    assert asked.status_code == 201, asked.get_json()
    assert (asked.get_json()["amount_fen"], asked.get_json()["status"]) == (0, "succeeded")
    assert shop.status(order_no) == "closed"
    assert (coins_of(shop.user_id), units(sku)) == (10, Units(10))
    assert toy.hooks(order_no).count("on_cancelling") == 1
    assert [back.in_full for back in toy.backs] == [False, True]
    assert error_code(shop.refund(order_no, 1)) == "order_state"
    assert shop.wechat_payments() == []


def test_a_service_is_delivered_and_told_as_virtual(shop: AfterSalesShop) -> None:
    order_no = paid(shop, SERVICE)
    order = shop.detail(order_no)
    assert (order["freight_fen"], order["address"]) == (0, None)
    staff = shop.ship(order_no)
    assert (staff.status_code, error_code(staff)) == (409, "nothing_is_shipped")
    with transaction() as session:
        deliver(session, lock_order(session, order_no), "service")
    shop.work()
    order = shop.detail(order_no)
    assert (order["status"], order["lines"][0]["shipped_quantity"]) == ("completed", 2)
    told = shipment_in_wechat(shop.simulator, shop.openid)
    assert told is not None
    (upload,) = told["uploads"]
    assert (upload["logistics_type"], upload["delivery_mode"]) == (3, 1)
    (goods,) = upload["shipping_list"]
    assert goods["item_desc"].endswith("×2")
    assert "tracking_no" not in goods
    assert told["finished"]
    sent_back = shop.apply(order_no, 1, kind="return_and_refund")
    assert (sent_back.status_code, error_code(sent_back)) == (409, "nothing_to_send_back")
    assert returned(shop, order_no, 1) == 5_000
    document = shop.shopper.get("/docs/openapi.json").get_json()
    address = document["components"]["schemas"]["Order"]["properties"]["address"]
    assert "null" in str(address) or address.get("nullable"), address


def test_paid_too_late_it_goes_back_where_the_kind_says_so(shop: AfterSalesShop) -> None:
    """WeChat takes a payment of an order that is closed here. The goods are there, and the
    shop's policy is to place orders again: not those of this kind."""
    order_no, sku = place_of(shop, ONCE)
    shop.fault("api", "lost_reply", path=PREPAY)
    assert shop.shopper.post(f"/api/v1/orders/{order_no}/payment").status_code == 503
    shop.fault("api", "error", path=ORDERS, error=NO_SUCH_ORDER)
    assert shop.cancel(order_no).get_json()["status"] == "closed"
    (asked,) = shop.wechat_payments()
    shop.control(f"/payments/{asked['out_trade_no']}/approve")
    shop.settle_down()
    assert shop.payment(order_no)["status"] == "returned"
    shop.money_goes()
    (payment,) = shop.wechat_payments()
    assert payment["refunded"] == payment["total"]
    assert (shop.status(order_no), units(sku)) == ("closed", Units(10))
    assert shop.detail(order_no)["replaced_by"] is None


def test_settled_once_and_reduced_later(shop: AfterSalesShop) -> None:
    """After the days for returns, with nothing open; what a refund and a rebate left is told."""
    order_no = paid(shop)
    give_rebate(order_no, 2_000)
    shop.money_goes()
    shop.let_time_pass(2)
    assert shop.ship(order_no).status_code == 201
    assert returned(shop, order_no, 1) == 4_000
    assert shop.shopper.post(f"/api/v1/orders/{order_no}/receipt").status_code == 204
    with heard(OrderSettled, SettledOrderReduced) as events:
        shop.days_pass(6)
        open_one = shop.applied(order_no, 1)
        settle(shop)
        shop.days_pass(1)
        settle(shop)
        assert events == [], "an after-sale is open"
        shop.pressed(shop.shopper, open_one, "cancellation")
        settle(shop)
        settle(shop)
        (settled,) = events
        assert isinstance(settled, OrderSettled)
        assert (settled.order_no, settled.kind, settled.paid_fen) == (order_no, "normal", 4_000)
        (line,) = settled.lines
        assert (line["position"], line["units"], line["paid_fen"]) == (1, 1, 4_000)
        assert shop.detail(order_no)["settled_at"] is not None
        again = shop.apply(order_no, 1)
        assert error_code(again) == "after_sale_too_late"

        shop.refunded(order_no, 1, amount_fen=1_500)
        shop.work()
        settle(shop)
        (_, reduced) = events
    assert isinstance(reduced, SettledOrderReduced)
    assert (reduced.order_no, reduced.amount_fen) == (order_no, 1_500)
    (line,) = reduced.lines
    assert dict(line) == {
        "position": 1,
        "units": 1,
        "amount_fen": 1_500,
        "units_in_all": 2,
        "refunded_in_all_fen": 5_500,
        "rebated_in_all_fen": 2_000,
    }


def settle(shop: AfterSalesShop) -> None:
    settle_orders()
    db.session.remove()
    shop.work()


def test_what_ends_after_the_days_for_returns_may_be_settled_within_an_hour(
    shop: AfterSalesShop,
) -> None:
    """I16b counts from the end of what was under way, or the sweep would be late at once."""
    order_no = paid(shop)
    assert shop.ship(order_no).status_code == 201
    assert shop.shopper.post(f"/api/v1/orders/{order_no}/receipt").status_code == 204
    shop.control("/refunds/policy", outcome="PROCESSING")
    refund_no = shop.refunded(order_no, 1)
    shop.days_pass(8)
    settle(shop)
    shop.control(f"/refunds/{refund_no}/settle", outcome="SUCCESS")
    shop.settle_down()
    assert shop.show_refund(refund_no)["status"] == "succeeded"
    assert rows_of("I16b") == []
    db.session.execute(text("UPDATE refunds SET ended_at = ended_at - interval '61 minutes'"))
    db.session.commit()
    assert [row["order_no"] for row in rows_of("I16b")] == [order_no]
    settle(shop)
    assert rows_of("I16b") == []


def test_kinds_are_settled_in_their_own_time(shop: AfterSalesShop) -> None:
    """A service after a day, a prize that is never taken back at once."""
    give_coins(shop.user_id, 10)
    service = paid(shop, SERVICE)
    prize, _ = place_of(shop, PRIZE, 1, 9_900, "coins")
    refused = shop.apply(prize, 1)
    assert (refused.status_code, error_code(refused)) == (409, "not_returnable")
    with transaction() as session:
        deliver(session, lock_order(session, service), "service")
    assert shop.ship(prize).status_code == 201
    assert shop.shopper.post(f"/api/v1/orders/{prize}/receipt").status_code == 204
    with heard(OrderSettled) as events:
        settle(shop)
        assert [(e.order_no, e.paid_fen) for e in events] == [(prize, 0)]  # type: ignore[attr-defined]
        shop.days_pass(1)
        settle(shop)
        assert [e.order_no for e in events] == [prize, service]  # type: ignore[attr-defined]
    assert error_code(shop.apply(service, 1)) == "after_sale_too_late"
