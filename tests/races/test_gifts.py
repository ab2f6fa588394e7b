"""The last gift, wanted by many at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import pytest
from flask import Flask

from mall.kernel.db import db, transaction
from mall.kernel.prepared import PreparedStatement
from mall.orders.closing import close_unpaid
from mall.orders.placing import Placed, place_order
from mall.promotions import budgets
from mall.promotions.errors import PromotionGone
from tests.support.invariants import broken_invariants, check_invariants
from tests.support.inventory import Units, units
from tests.support.orders import Buyer, buy, lines_of, make_buyer, make_goods
from tests.support.promotions import make_gift, promotion_of
from tests.support.races import execute, slow_writes, together

SHOPPERS = 8


def place(buyer: Buyer, sku: int) -> Placed:
    return place_order(buyer.user_id, {sku: 1}, buyer.address_id, 20_000)


def again(buyer: Buyer, sku: int) -> Placed:
    """As the shop's page does: told that the gift is gone, it orders without."""
    try:
        return place(buyer, sku)
    except PromotionGone:
        db.session.rollback()
        return place(buyer, sku)


def all_place(
    app: Flask, how: Callable[[Buyer, int], Placed], skus: Sequence[int]
) -> list[Placed | Exception]:
    calls = [partial(how, make_buyer(), sku) for sku in skus]
    with slow_writes("orders", of="INSERT"):
        return together(app, calls)


def gifts(placed: Sequence[Placed | Exception]) -> int:
    orders = [order.order_no for order in placed if isinstance(order, Placed)]
    return sum(line.is_gift for order_no in orders for line in lines_of(order_no))


def test_the_last_gift_goes_to_one(app: Flask) -> None:
    given, sku = make_goods(50, 300), make_goods(50, 20_000)
    promotion_id = make_gift(given, sku, gift_stock=1)
    outcomes = all_place(app, place, [sku] * SHOPPERS)
    assert gifts(outcomes) == promotion_of(promotion_id).gifts_given == 1
    gone = [o for o in outcomes if isinstance(o, PromotionGone)]
    assert gone, "the quote alone didn't refuse them"
    without = [o for o in outcomes if isinstance(o, Placed) and o.notices]
    assert len(gone) + len(without) == SHOPPERS - 1
    assert units(given) == Units(49, reserved=1)
    check_invariants()


def test_who_asks_again_goes_without(app: Flask) -> None:
    given, sku = make_goods(50, 300), make_goods(50, 20_000)
    make_gift(given, sku, gift_stock=1)
    outcomes = all_place(app, again, [sku] * SHOPPERS)
    assert all(isinstance(o, Placed) for o in outcomes), outcomes
    assert gifts(outcomes) == 1
    check_invariants()


def control_takes_without_asking(monkeypatch: pytest.MonkeyPatch) -> None:
    """The update no longer asks whether any gift is left."""
    statement = (
        "UPDATE promotions SET spent_fen = spent_fen + :fen, orders = orders + 1,"
        " gifts_given = gifts_given + :gifts WHERE id = :id RETURNING id"
    )
    monkeypatch.setattr(budgets, "_TAKE", PreparedStatement(statement))


def test_control_without_condition_and_check_more_are_given_than_there_are(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    control_takes_without_asking(monkeypatch)
    given, sku = make_goods(50, 300), make_goods(50, 20_000)
    make_gift(given, sku, gift_stock=1)
    check = "ck_promotions_gift_stock"
    execute(f"ALTER TABLE promotions DROP CONSTRAINT {check}")
    try:
        outcomes = all_place(app, place, [sku] * SHOPPERS)
        assert gifts(outcomes) > 1
        assert {one.invariant.code for one in broken_invariants()} == {"I23d"}
    finally:
        db.session.rollback()
        execute(
            "TRUNCATE promotions CASCADE",
            f"ALTER TABLE promotions ADD CONSTRAINT {check}"
            " CHECK (gifts_given >= 0 AND gifts_given <= gift_stock)",
        )


def test_control_without_the_condition_the_table_still_refuses(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    control_takes_without_asking(monkeypatch)
    given, sku = make_goods(50, 300), make_goods(50, 20_000)
    promotion_id = make_gift(given, sku, gift_stock=1)
    assert gifts(all_place(app, place, [sku] * SHOPPERS)) == 1
    assert promotion_of(promotion_id).gifts_given == 1


def close(order_no: str) -> bool:
    with transaction() as session:
        return close_unpaid(session, order_no, "expired")


def test_gifts_are_given_back_once(app: Flask) -> None:
    given, sku = make_goods(50, 300), make_goods(50, 20_000)
    promotion_id = make_gift(given, sku, gift_stock=2)
    order_no = buy(make_buyer(), {sku: 2})
    assert units(given) == Units(48, reserved=2)
    outcomes = together(app, [partial(close, order_no)] * SHOPPERS)
    assert sorted(map(str, outcomes)) == ["False"] * (SHOPPERS - 1) + ["True"]
    assert (promotion_of(promotion_id).gifts_given, units(given)) == (0, Units(50))
    check_invariants()
