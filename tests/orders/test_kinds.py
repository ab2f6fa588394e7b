"""What an order's kind decides, at the price and along the order's life."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mall.cart.errors import SkuOffShelf
from mall.inventory import commands as inventory
from mall.inventory.errors import OutOfStock, SkuUnknown
from mall.kernel.db import db, transaction
from mall.kernel.errors import ValidationFailed
from mall.orders import placing
from mall.orders.also_paid import ALSO_PAID, OtherCurrency
from mall.orders.closing import close_unpaid
from mall.orders.errors import AddressMissing
from mall.orders.export import HEADER, order_rows
from mall.orders.kinds import OrderKind
from mall.orders.paying import place_again
from mall.orders.placed import PlacedOrder
from mall.orders.queries import OrderFilter
from mall.orders.quoting import preview
from mall.orders.refunding import reserve_refund, settle_refund
from tests.support.catalog import make_sku
from tests.support.coupons import make_coupon
from tests.support.features import installed
from tests.support.freight import make_freight_template, make_point, zone
from tests.support.http import Http
from tests.support.inventory import Units, stock, units
from tests.support.kinds import (
    EXCHANGE,
    HIDDEN,
    ONCE,
    SERVICE,
    TEAM,
    TOY,
    Toy,
    give_coins,
    open_team,
    place,
    toys,
)
from tests.support.orders import (
    Buyer,
    check_orders,
    lines_of,
    make_buyer,
    make_goods,
    order_of,
    pay,
)
from tests.support.promotions import make_promotion


@pytest.fixture
def toy(app: Flask) -> Iterator[Toy]:
    with toys() as toy:
        yield toy


@pytest.fixture
def buyer(toy: Toy) -> Buyer:
    return make_buyer()


def sources(order_no: str, toy: Toy) -> set[str]:
    """Why an order costs what it costs: the parts before the colon."""
    placed = next(order for _, order in toy.calls if order.order_no == order_no)
    return {source.partition(":")[0] for source in placed.sources}


def close(order_no: str) -> None:
    with transaction() as session:
        assert close_unpaid(session, order_no, "expired")


def test_lanes_and_participants_keep_discounts_off(toy: Toy, buyer: Buyer) -> None:
    """Preview and placing alike: the price is the kind's own, whatever the shopper holds."""
    sku = make_goods(10, 20_000)
    make_promotion()  # 20 off 199
    coupon = make_coupon(buyer.user_id)
    normal = place(buyer, {sku: 1}, coupons=str(coupon))
    assert sources(normal.order_no, toy) == {"coupon", "promotion"}

    choices = {TOY: "at:19950"}
    shown = preview(buyer.user_id, {sku: 1}, buyer.address_id, choices, TEAM)
    assert shown.offers == (), "nothing is offered that can't be had"
    assert shown.quote.hints == ()
    placed = place(buyer, {sku: 1}, TEAM, "at:19950")
    assert placed.payable_fen == shown.quote.payable_fen
    assert sources(placed.order_no, toy) == {"toy"}
    assert order_of(placed.order_no).kind == "team"
    check_orders()


def test_a_lane_that_is_shut_keeps_its_rules_off(toy: Toy, buyer: Buyer) -> None:
    """A service has all participants, but no freight."""
    sku = make_goods()
    make_promotion({"percent": {"pay_bp": 9_000}})
    assert sources(place(buyer, {sku: 1}).order_no, toy) == {"promotion", "freight"}
    placed = place(buyer, {sku: 1}, SERVICE)
    assert sources(placed.order_no, toy) == {"promotion"}
    assert order_of(placed.order_no).freight_fen == 0


@pytest.mark.parametrize("choice", ["none", "best", "1"])
def test_a_choice_of_a_participant_that_doesnt_join_is_refused(buyer: Buyer, choice: str) -> None:
    lines = {make_goods(): 1}
    choices = {"coupons": choice}
    with pytest.raises(ValidationFailed):
        preview(buyer.user_id, lines, buyer.address_id, choices, TEAM)
    with pytest.raises(ValidationFailed):
        placing.place_order(
            buyer.user_id, lines, buyer.address_id, 1000, choices=choices, kind=TEAM
        )


@pytest.mark.parametrize(("kind", "minutes"), [(TEAM, 7), (ONCE, 30)])
def test_the_kinds_pay_window(buyer: Buyer, kind: OrderKind, minutes: int) -> None:
    placed = place(buyer, {make_goods(): 1}, kind)
    order = order_of(placed.order_no)
    window = placed.expires_at - order.created_at
    assert abs(window - timedelta(minutes=minutes)) < timedelta(seconds=5)


def test_an_address_where_the_kind_needs_one(buyer: Buyer) -> None:
    sku = make_goods()
    with pytest.raises(AddressMissing) as refused:
        placing.place_order(buyer.user_id, {sku: 1}, None, 1000, kind=TEAM)
    assert (refused.value.status, refused.value.param) == (422, "address_id")
    assert units(sku) == Units(10)
    placed = place(buyer, {sku: 1}, SERVICE)
    order = order_of(placed.order_no)
    assert (order.address_sealed, order.region_code) == (None, "")
    # An address that is sent all the same isn't kept: nothing needs it.
    fen = placed.payable_fen
    other = placing.place_order(buyer.user_id, {sku: 1}, buyer.address_id, fen, kind=SERVICE)
    assert order_of(other.order_no).address_sealed is None


def test_only_a_kind_that_may_be_free_costs_nothing(buyer: Buyer) -> None:
    for kind in (TEAM, SERVICE, ONCE):
        shown = preview(buyer.user_id, {make_goods(): 1}, None, {TOY: "at:0"}, kind)
        assert shown.quote.payable_fen - shown.quote.freight_fen == 1, "a fen is spared"
    placed = place(buyer, {make_goods(): 1}, SERVICE, "at:0")
    assert placed.payable_fen == 1
    with pytest.raises(IntegrityError, match="ck_orders_amounts"), transaction() as session:
        session.execute(text("UPDATE orders SET payable_fen = 0, discount_fen = goods_fen"))


def test_hooks_meet_the_order_everywhere(toy: Toy, buyer: Buyer) -> None:
    """Kind, choices, lines and adjustments, from placing to the end, and as they were placed."""
    sku, team = make_goods(10, 20_000), open_team()
    order_no = place(buyer, {sku: 2}, TEAM, f"team:{team}").order_no
    pay(order_no)
    _refund_all(order_no)
    hooks = ["lock", "on_placing", "lock", "on_paid", "before_refund", "lock", "on_refunded"]
    assert toy.hooks(order_no) == [*hooks, "on_cancelling"]
    met = [order for _, order in toy.calls]
    assert all(order == met[0] for order in met), "the same in each hook"
    order = met[0]
    assert (order.kind, dict(order.choices)) == (TEAM, {TOY: f"team:{team}"})
    assert [(line.position, line.sku_id, line.quantity) for line in order.lines] == [(1, sku, 2)]
    assert [line.payable_fen for line in order.lines] == [200]
    assert order.units == {sku: 2}
    by_source = {one.source: (one.lane, one.amount_fen, one.shares) for one in order.adjustments}
    assert by_source["toy:1"] == ("ACTIVITY", -39_800, (-39_800,))
    (back,) = toy.backs
    assert (dict(back.units), back.in_full) == ({1: 2}, True)
    assert back.amount_fen == order_of(order_no).paid_fen
    check_orders()


def _refund_all(order_no: str) -> None:
    lines = [(line.id, line.quantity, line.payable_fen) for line in lines_of(order_no)]
    freight_fen = order_of(order_no).freight_fen
    with transaction() as session:
        reserve_refund(session, order_no, lines, freight_fen, "staff")
        settle_refund(session, order_no, lines, freight_fen, in_all=lines)


def test_choices_are_there_again_at_a_late_payment(toy: Toy, buyer: Buyer) -> None:
    point = make_point()
    sku, team = make_goods(10, 20_000), open_team()
    old = place(buyer, {sku: 1}, TEAM, f"team:{team}", freight=f"pickup:{point}").order_no
    close(old)
    with transaction() as session:
        again = place_again(session, old)
        assert again is not None
        new = again.order_no
    chosen = {TOY: f"team:{team}", "freight": f"pickup:{point}"}
    assert order_of(new).choices == order_of(old).choices == chosen
    assert (order_of(new).kind, order_of(new).hold_reason) == ("team", "toy.waits")
    assert order_of(old).hold_reason is None
    assert toy.hooks(new) == ["lock", "on_placing", "on_paid"]
    first = next(order for _, order in toy.calls if order.order_no == old)
    for _, order in toy.calls:
        assert replace(order, id=first.id, order_no=old) == first
    check_orders()


def test_a_kind_that_isnt_placed_again(toy: Toy, buyer: Buyer) -> None:
    sku = make_goods()
    order_no = place(buyer, {sku: 1}, ONCE).order_no
    close(order_no)
    with transaction() as session:
        assert place_again(session, order_no) is None
    assert units(sku) == Units(10)
    assert toy.hooks(order_no)[-1] == "on_cancelling"


def test_what_orders_share_is_locked_before_stock(toy: Toy, buyer: Buyer) -> None:
    """Placing, paying, closing, refunding and placing again: `lock` sees no stock row locked,
    and the hook behind it sees that the order's stock has moved."""
    sku, team = make_goods(10, 20_000), open_team()
    toy.watches = True
    order_no = place(buyer, {sku: 1}, TEAM, f"team:{team}").order_no
    assert toy.stock_was_locked == {"lock": False, "on_placing": True}
    pay(order_no)
    assert toy.stock_was_locked.pop("lock") is False
    assert toy.stock_was_locked.pop("on_paid") is True
    _refund_all(order_no)
    assert toy.stock_was_locked.pop("lock") is False
    assert toy.stock_was_locked.pop("on_refunded") is True
    unpaid = place(buyer, {sku: 1}, TEAM, f"team:{team}").order_no
    close(unpaid)
    assert toy.stock_was_locked.pop("lock") is False
    assert toy.stock_was_locked.pop("on_cancelling") is True
    with transaction() as session:
        assert place_again(session, unpaid) is not None
    assert toy.stock_was_locked.pop("lock") is False, "once, for placing and paying"
    assert toy.stock_was_locked.pop("on_placing") is True
    check_orders()


def test_goods_that_need_no_shelf_and_a_cart_that_stays(http: Http, toy: Toy, buyer: Buyer) -> None:
    sku = stock(make_sku(on_sale=False), 3)
    with pytest.raises(SkuOffShelf):
        place(buyer, {sku: 1}, TEAM)
    placed = place(buyer, {sku: 1}, HIDDEN, "at:0")
    assert (placed.status, units(sku)) == ("unpaid", Units(2, reserved=1))
    with pytest.raises(SkuUnknown):
        place(buyer, {999_999_999: 1}, HIDDEN)
    sku = make_goods()
    me = http.as_(buyer.token)
    me.post("/api/v1/cart/lines", {"sku_id": str(sku), "quantity": 1})
    place(buyer, {sku: 1}, HIDDEN)
    assert len(me.get("/api/v1/cart").get_json()["lines"]) == 1
    place(buyer, {sku: 1}, TEAM)
    assert me.get("/api/v1/cart").get_json()["lines"] == []


def test_units_that_were_set_aside_are_made_sellable_before_they_are_reserved(
    toy: Toy, buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    sku = make_goods(units=1)
    with transaction() as session:
        inventory.reserve(session, {sku: 1}, ref="toy:aside")
    with pytest.raises(OutOfStock):
        place(buyer, {sku: 1})

    def give_free(_: Toy, session: Session, order: PlacedOrder) -> tuple[()]:
        inventory.release(session, order.units, ref="toy:aside")
        return ()

    monkeypatch.setattr(Toy, "before_reserving", give_free)
    assert order_of(place(buyer, {sku: 1}).order_no).status == "unpaid"
    assert units(sku) == Units(0, reserved=1)


def test_free_goods_with_freight_are_refunded_by_their_units(toy: Toy, buyer: Buyer) -> None:
    """Money back for the freight alone isn't all of such an order; its units are."""
    make_freight_template(zone(further_fen=0), is_default=True)
    sku = make_goods()
    order_no = place(buyer, {sku: 2}, HIDDEN, "at:0").order_no
    assert (order_of(order_no).payable_fen, order_of(order_no).freight_fen) == (800, 800)
    pay(order_no)
    (line,) = lines_of(order_no)
    for lines, freight_fen in (([(line.id, 1, 0)], 0), ([], 800), ([(line.id, 1, 0)], 0)):
        assert order_of(order_no).status == "paid"
        with transaction() as session:
            reserve_refund(session, order_no, lines, freight_fen, "staff")
            settle_refund(session, order_no, lines, freight_fen, in_all=lines)
    assert order_of(order_no).status == "closed"
    assert [one.in_full for one in toy.backs] == [False, False, True]
    assert units(sku) == Units(10)
    check_orders()


def test_what_an_order_costs_beside_money_is_shown_with_it(
    app: Flask, http: Http, toy: Toy, buyer: Buyer
) -> None:
    give_coins(buyer.user_id, 20)
    order_no = place(buyer, {make_goods(): 2}, EXCHANGE, "coins").order_no
    me, path = http.as_(buyer.token), f"/api/v1/orders/{order_no}"
    assert me.get(path).get_json()["also_paid"] == []
    coins = OtherCurrency(
        "coins", "金币", "SELECT order_id, coins AS amount, back AS returned FROM toy_spent"
    )
    with installed(lambda mall: mall.add(ALSO_PAID, coins)):
        shown = [{"name": "coins", "label": "金币", "amount": 10, "returned": 0}]
        assert me.get(path).get_json()["also_paid"] == shown
        (listed,) = me.get("/api/v1/orders").get_json()["items"]
        assert listed["also_paid"] == shown
        (row,) = order_rows(db.engine, OrderFilter())
        assert row[HEADER.index("另付")] == "金币 10"
