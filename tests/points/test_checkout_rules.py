"""How many points a purchase takes and what comes back of them, by the pure rules."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mall.kernel.money import split
from mall.orders.extras import LineBack
from mall.orders.kinds import NORMAL
from mall.orders.line_money import share_of_rest
from mall.orders.placed import PlacedAdjustment, PlacedLine, PlacedOrder
from mall.points.checkout.rules import PointsRule, Terms, lines_before_points, use, why_not_more
from mall.points.checkout.spent import back_by_line, spent_by
from mall.pricing.engine import price
from mall.pricing.quote import PriceContext, PriceLine, Quote

TERMS = Terms(available=5_000, debt=0, per_yuan=100, cap_bp=5_000, least=1, step=1)
CONTEXT = PriceContext(user_id=1, region_code=None)
NONE = (0, 0)
"""Points and fen."""
PARTLY = "本单最多可抵 3.00 元，部分商品不能使用积分"
OWES = "满 1 积分起用，现有 0 积分，另欠 7 积分"


def bought(*fen: int) -> list[PriceLine]:
    return [PriceLine(i, each, 1, 1, 1, None, 0) for i, each in enumerate(fen, start=1)]


def quoted(terms: Terms, *fen: int, wanted: int | None = None) -> Quote:
    return price(bought(*fen), [PointsRule(terms, wanted)], CONTEXT)


@pytest.mark.parametrize(
    ("changes", "goods", "wanted", "takes", "why"),
    [
        ({}, (2_000,), None, (1_000, 1_000), "本单最多可抵 10.00 元"),
        ({}, (2_000,), 300, (300, 300), "本单最多可抵 10.00 元"),
        ({}, (20_000,), None, (5_000, 5_000), "现有 5000 积分"),
        ({"cap_bp": 10_000}, (2_000,), None, (1_999, 1_999), "本单最多可抵 19.99 元"),
        ({"cap_bp": 0}, (2_000,), None, NONE, "本单商品不能使用积分"),
        ({"caps": {1: 0}}, (2_000,), None, NONE, "本单商品不能使用积分"),
        ({"caps": {1: 0}}, (2_000, 600), None, (300, 300), PARTLY),
        ({"caps": {1: 9_000}}, (2_000, 600), None, (2_100, 2_100), "本单最多可抵 21.00 元"),
        ({"step": 300}, (2_000,), None, (900, 900), "本单最多可抵 10.00 元"),
        ({"step": 300}, (2_000,), 700, (600, 600), "本单最多可抵 10.00 元"),
        ({"least": 1_000}, (2_000,), None, (1_000, 1_000), "本单最多可抵 10.00 元"),
        ({"least": 1_001}, (2_000,), None, NONE, "满 1001 积分起用，本单最多可抵 10.00 元"),
        ({"least": 500}, (2_000,), 400, NONE, "本单最多可抵 10.00 元"),
        ({"least": 6_000}, (90_000,), None, NONE, "满 6000 积分起用，现有 5000 积分"),
        ({"available": 0, "debt": 7}, (2_000,), None, NONE, OWES),
        # A thousand points are worth a yuan: what saves no fen isn't taken.
        ({"per_yuan": 1_000, "available": 4_999}, (2_000,), None, (4_990, 499), "现有 4999 积分"),
        ({"per_yuan": 1_000, "available": 9}, (2_000,), None, NONE, "现有 9 积分"),
        ({"per_yuan": 1}, (2_050,), None, (10, 1_000), "本单最多可抵 10.25 元"),
    ],
)
def test_what_is_used_and_why_not_more(
    changes: dict[str, object],
    goods: tuple[int, ...],
    wanted: int | None,
    takes: tuple[int, int],
    why: str,
) -> None:
    terms = replace(TERMS, **changes)  # type: ignore[arg-type]
    quote = quoted(terms, *goods, wanted=wanted)
    before = lines_before_points(quote)
    used = use(terms, before, 1, wanted)
    assert (used.points, used.fen) == takes
    assert quote.payable_fen == sum(goods) - takes[1]
    assert why_not_more(terms, before, 1, use(terms, before, 1)) == why


goods_ = st.lists(st.integers(0, 3_000), min_size=1, max_size=5)
terms_ = st.builds(
    Terms,
    available=st.integers(0, 5_000),
    debt=st.just(0),
    per_yuan=st.sampled_from((1, 7, 100, 1_000)),
    cap_bp=st.integers(0, 10_000),
    least=st.integers(1, 500),
    step=st.integers(1, 300),
    caps=st.dictionaries(st.integers(1, 5), st.integers(0, 10_000)),
)


@given(terms_, goods_, st.one_of(st.none(), st.integers(1, 9_000)))
def test_never_above_a_cap_and_no_point_for_nothing(
    terms: Terms, goods: list[int], wanted: int | None
) -> None:
    quote = quoted(terms, *goods, wanted=wanted)
    assert quote.payable_fen >= min(1, sum(goods))
    for adjustment in quote.adjustments:
        points = int(adjustment.source.removeprefix("points:"))
        saved = -adjustment.amount_fen
        assert terms.least <= points <= min(terms.available, wanted or points)
        assert points % terms.step == 0
        assert terms.worth(points) == saved > 0
        fewer = points - terms.step
        assert fewer < terms.least or terms.worth(fewer) < saved
        for line, part in zip(quote.lines, adjustment.shares, strict=True):
            cap_bp = terms.caps.get(line.line.sku_id, terms.cap_bp)
            assert 0 <= -part <= line.total_fen * cap_bp // 10_000


def order_of(units: int, payable_fen: int, points: int) -> PlacedOrder:
    """One line that cost so many points and so much money."""
    lines = (PlacedLine(1, 1, 1, units, payable_fen, is_gift=False),)
    paid = (PlacedAdjustment("POINTS", f"points:{points}", -points, (-points,)),)
    return PlacedOrder(1, "1", 1, NORMAL, {}, lines, paid)


def back(order: PlacedOrder, *steps: tuple[int, int]) -> int:
    spent, of_line = spent_by(order), LineBack()
    assert spent is not None
    for units, fen in steps:
        of_line = of_line.and_then(units, fen)
    return back_by_line(order, spent, {1: of_line})[1]


@pytest.mark.parametrize(
    ("steps", "points"),
    [
        ([(1, 2_500)], 250),
        ([(3, 7_500)], 750),
        ([(4, 10_000)], 1_000),
        ([(1, 1_250)], 125),  # half of its money was kept, so half of its points
        ([(1, 0)], 0),
        ([(1, 10_000)], 250),  # more money for a unit isn't more points
        ([(0, 2_000)], 0),  # a rebate is money alone
        ([(0, 2_000), (1, 2_000)], 250),  # and later units are whole all the same
        ([(1, 2_500), (0, 1_500), (3, 6_000)], 1_000),
        ([(0, 10_000), (2, 0)], 500),
    ],
)
def test_what_comes_back_of_four_units(steps: list[tuple[int, int]], points: int) -> None:
    assert back(order_of(4, 10_000, 1_000), *steps) == points


def test_points_are_split_over_lines_as_their_money() -> None:
    shares = (-100, 0, -201)
    lines = tuple(PlacedLine(i, i, 1, 1, 50, is_gift=False) for i in (1, 2, 3))
    order = PlacedOrder(
        1, "1", 1, NORMAL, {}, lines, (PlacedAdjustment("POINTS", "points:1000", -301, shares),)
    )
    spent = spent_by(order)
    assert spent is not None
    assert spent.by_line == {1: 332, 3: 668}
    assert split(1_000, [100, 0, 201]) == [332, 0, 668]


@given(st.integers(1, 12), st.integers(0, 500), st.integers(1, 9_999), st.lists(st.integers(1, 5)))
def test_units_with_their_share_of_the_money_bring_back_their_share_of_the_points(
    units: int, payable_fen: int, points: int, steps: list[int]
) -> None:
    order, left, left_fen, asked = order_of(units, payable_fen, points), units, payable_fen, []
    for step in steps:
        count = min(step, left)
        if count:
            fen = share_of_rest(left_fen, left, count)
            left, left_fen = left - count, left_fen - fen
            asked.append((count, fen))
            assert back(order, *asked) == points * (units - left) // units


@given(
    st.integers(1, 9),
    st.integers(0, 60),
    st.integers(1, 999),
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 20)), max_size=6),
)
def test_what_is_back_never_falls_and_never_passes_what_was_spent(
    units: int, payable_fen: int, points: int, steps: list[tuple[int, int]]
) -> None:
    order, asked, had = order_of(units, payable_fen, points), [], 0
    for count, fen in steps:
        if sum(x for x, _ in asked) + count > units or sum(x for _, x in asked) + fen > payable_fen:
            continue
        asked.append((count, fen))
        has = back(order, *asked)
        assert had <= has <= points * sum(x for x, _ in asked) // units
        had = has
