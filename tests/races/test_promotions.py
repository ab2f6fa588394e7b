"""The last of a promotion's budget, wanted by many at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from mall.kernel.db import db, transaction
from mall.kernel.prepared import PreparedStatement
from mall.orders.closing import close_unpaid
from mall.orders.errors import PriceChanged
from mall.orders.placed import read_placed
from mall.orders.placing import Placed, place_order
from mall.promotions import budgets, queries
from mall.promotions.errors import PromotionGone
from mall.promotions.models import PromotionUse
from tests.support.invariants import broken_invariants, check_invariants
from tests.support.orders import Buyer, buy, make_buyer, make_goods
from tests.support.promotions import make_promotion, promotion_of
from tests.support.races import execute, slow_writes, together

SHOPPERS = 10


def place(buyer: Buyer, sku: int) -> Placed:
    return place_order(buyer.user_id, {sku: 1}, buyer.address_id, 18_000)


def all_place(app: Flask, buyers: Sequence[Buyer]) -> Counter[str]:
    """All shoppers order goods of their own at the discounted price, at once: how it ended."""
    calls = [partial(place, buyer, make_goods(5, 20_000)) for buyer in buyers]
    with slow_writes("orders", of="INSERT"):
        outcomes = together(app, calls)
    return Counter(type(outcome).__name__ for outcome in outcomes)


def uses() -> int:
    db.session.rollback()
    query = select(func.count()).where(PromotionUse.given_back_at.is_(None))
    return db.session.scalar(query) or 0


@pytest.mark.parametrize("budget", [{"max_orders": 1}, {"budget_fen": 3_999}])
def test_the_last_of_a_budget_goes_to_one(app: Flask, budget: dict[str, Any]) -> None:
    promotion_id = make_promotion(**budget)
    outcomes = all_place(app, [make_buyer() for _ in range(SHOPPERS)])
    assert outcomes["Placed"] == 1
    assert set(outcomes) <= {"Placed", PromotionGone.__name__, PriceChanged.__name__}
    assert outcomes[PromotionGone.__name__] >= 1, "the quote alone didn't refuse them"
    assert (uses(), promotion_of(promotion_id).orders) == (1, 1)
    check_invariants()


@pytest.mark.parametrize("limit", [{"shopper_max_orders": 2}, {"shopper_budget_fen": 4_500}])
def test_one_shoppers_last_order(app: Flask, limit: dict[str, Any]) -> None:
    make_promotion(**limit)
    buyer = make_buyer()
    outcomes = all_place(app, [buyer] * SHOPPERS)
    assert (outcomes["Placed"], uses()) == (2, 2)
    check_invariants()


def test_what_isnt_limited_is_counted_too(app: Flask) -> None:
    promotion_id = make_promotion()
    buyers = [make_buyer() for _ in range(SHOPPERS)]
    calls = [partial(place, buyer, make_goods(5, 20_000)) for buyer in buyers]
    placed = [one.order_no for one in together(app, calls) if isinstance(one, Placed)]
    assert used(promotion_id) == (2_000 * SHOPPERS, SHOPPERS)
    together(app, [partial(close, order_no) for order_no in placed[:4]])
    assert used(promotion_id) == (2_000 * (SHOPPERS - 4), SHOPPERS - 4)
    check_invariants()


def used(promotion_id: int) -> tuple[int, int]:
    with transaction() as session:
        shown = queries.promotion(session, promotion_id)
    return shown.used_fen, shown.used_orders


def control_takes_without_asking(monkeypatch: pytest.MonkeyPatch) -> None:
    """The update no longer asks whether anything is left."""
    statement = (
        "UPDATE promotions SET spent_fen = spent_fen + :fen, orders = orders + 1"
        " WHERE id = :id RETURNING id"
    )
    monkeypatch.setattr(budgets, "_TAKE", PreparedStatement(statement))


def test_control_without_the_condition_the_table_still_refuses(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    control_takes_without_asking(monkeypatch)
    make_promotion(max_orders=1)
    outcomes = all_place(app, [make_buyer() for _ in range(SHOPPERS)])
    assert (outcomes["Placed"], outcomes["IntegrityError"]) == (1, SHOPPERS - 1)
    assert uses() == 1


def test_control_without_condition_and_check_the_budget_is_passed(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    control_takes_without_asking(monkeypatch)
    make_promotion(max_orders=1)
    check = "ck_promotions_max_orders"
    execute(f"ALTER TABLE promotions DROP CONSTRAINT {check}")
    try:
        outcomes = all_place(app, [make_buyer() for _ in range(SHOPPERS)])
        assert outcomes["Placed"] == uses() == SHOPPERS
        assert {one.invariant.code for one in broken_invariants()} == {"I23a"}
    finally:
        db.session.rollback()
        execute(
            "TRUNCATE promotions CASCADE",
            f"ALTER TABLE promotions ADD CONSTRAINT {check}"
            " CHECK (orders >= 0 AND orders <= max_orders)",
        )


def close(order_no: str) -> bool:
    with transaction() as session:
        return close_unpaid(session, order_no, "expired")


def test_an_order_gives_back_once(app: Flask) -> None:
    promotion_id = make_promotion(max_orders=1)
    order_no = buy(make_buyer(), {make_goods(5, 20_000): 1})
    assert promotion_of(promotion_id).paused == "budget"
    outcomes = together(app, [partial(close, order_no)] * 8)
    assert sorted(map(str, outcomes)) == ["False"] * 7 + ["True"]
    row = promotion_of(promotion_id)
    assert (row.paused, row.orders, row.spent_fen) == (None, 0, 0)
    check_invariants()


def test_what_an_order_gave_back_isnt_given_back_again(app: Flask) -> None:
    promotion_id = make_promotion(max_orders=3)
    order_no, _kept = (buy(make_buyer(), {make_goods(5, 20_000): 1}) for _ in range(2))
    assert close(order_no)
    with transaction() as session:
        budgets.give_back(session, read_placed(session, order_no))
    row = promotion_of(promotion_id)
    assert (row.orders, row.spent_fen) == (1, 2_000)
    check_invariants()


def test_closing_and_placing_at_once_keep_the_count(app: Flask) -> None:
    promotion_id = make_promotion(max_orders=3)
    held = [buy(make_buyer(), {make_goods(5, 20_000): 1}) for _ in range(3)]
    row = promotion_of(promotion_id)
    assert (row.paused, row.orders) == ("budget", 3)
    close(held[0])
    calls: list[Any] = [partial(close, order_no) for order_no in held[1:]]
    calls += [partial(place, make_buyer(), make_goods(5, 20_000)) for _ in range(6)]
    together(app, calls)
    row = promotion_of(promotion_id)
    assert row.orders == uses() <= 3
    assert (row.paused == "budget") == (row.orders == 3)
    check_invariants()
