"""Deals as properties: the best allowed set, to the fen, whatever the order."""

from __future__ import annotations

from itertools import combinations
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mall.pricing import choosing
from mall.pricing.benefits import (
    AmountOff,
    Benefit,
    Bundle,
    FixedPrices,
    FreeFreight,
    Percent,
    UnitsFree,
    UnitsPercent,
    fold,
    plain_yuan,
)
from mall.pricing.choosing import Stacking
from mall.pricing.deals import Deal
from mall.pricing.engine import freight, price
from mall.pricing.quote import Adjustment, Lane, PriceContext, PriceLine, PriceRule, Quote

CONTEXT = PriceContext(user_id=1, region_code=None)
ALONE, EVERYBODY = Stacking(), Stacking(None, None)


def line(sku_id: int, price_fen: int, quantity: int = 1) -> PriceLine:
    return PriceLine(sku_id, price_fen, quantity, 1, 1, None, 0)


def deal(
    number: int,
    benefit: Benefit,
    over: set[int] | None = None,
    stacking: Stacking = ALONE,
    *,
    lane: Lane = Lane.PROMOTION,
    at_most_fen: int | None = None,
) -> Deal:
    skus = frozenset(over or range(1, 10))
    return Deal(lane, f"promotion:{number}", "促", benefit, skus, stacking, at_most_fen)


def taken(lines: list[PriceLine], *rules: PriceRule) -> list[tuple[str, int]]:
    quote = price(lines, rules, CONTEXT)
    return [(a.source.removeprefix("promotion:"), -a.amount_fen) for a in quote.adjustments]


CUT = AmountOff(((19_900, 2_000), (39_900, 5_000)))


def test_of_equals_the_older_wins() -> None:
    rivals = [deal(10, CUT), deal(9, CUT), deal(100, CUT)]
    assert taken([line(1, 20_000)], *rivals) == [("9", 2_000)]


@pytest.mark.parametrize(
    ("benefit", "lines", "off_fen"),
    [
        (CUT, [line(1, 19_899)], 0),
        (CUT, [line(1, 19_900)], 2_000),
        (CUT, [line(1, 39_900)], 5_000),
        (CUT, [line(1, 10_000), line(2, 10_000)], 2_000),
        (UnitsPercent(((2, 9_000), (3, 8_000))), [line(1, 999, 3)], 599),
        (UnitsPercent(((2, 9_000), (3, 8_000))), [line(1, 999, 1)], 0),
        (UnitsFree(3, 1, repeat=False), [line(1, 500, 2), line(2, 300, 4)], 300),
        (UnitsFree(3, 1, repeat=True), [line(1, 500, 2), line(2, 300, 4)], 600),
        (UnitsFree(3, 2, repeat=True), [line(1, 500, 5), line(2, 300, 1)], 300 + 3 * 500),
        (Percent(8_500), [line(1, 999, 3)], 3 * 149),
        (FixedPrices(((1, 700), (2, 900))), [line(1, 800, 2), line(2, 500)], 200),
        (Bundle(((1, 1), (2, 2)), 1_500), [line(1, 800, 3), line(2, 500, 4)], 2 * 300),
        (Bundle(((1, 1), (3, 1)), 1), [line(1, 800, 3)], 0),
        (Bundle(((1, 1),), 900), [line(1, 800, 3)], 0),
    ],
)
def test_benefits(benefit: Benefit, lines: list[PriceLine], off_fen: int) -> None:
    assert price(lines, [deal(1, benefit)], CONTEXT).discount_fen == off_fen


def test_the_cheapest_are_free() -> None:
    quote = price([line(2, 900), line(1, 500, 3)], [deal(1, UnitsFree(4, 2, False))], CONTEXT)
    assert [x.payable_fen for x in quote.lines] == [900, 500]


def test_the_better_of_two_that_exclude_each_other() -> None:
    less, more = AmountOff(((100, 10),)), AmountOff(((100, 20),))
    assert taken([line(1, 200)], deal(1, less), deal(2, more)) == [("2", 20)]
    assert taken([line(1, 200)], deal(1, more), deal(2, more)) == [("1", 20)], "the first wins"


def test_both_where_they_share_no_line() -> None:
    cut = AmountOff(((100, 10),))
    found = taken([line(1, 200), line(2, 200)], deal(1, cut, {1}), deal(2, cut, {2}))
    assert found == [("1", 10), ("2", 10)]


def test_two_small_that_go_together_beat_one_large() -> None:
    small, large = AmountOff(((100, 15),)), AmountOff(((100, 20),))
    a, b = Stacking("a", frozenset({"b"})), Stacking("b", None)
    rules = [deal(1, small, stacking=a), deal(2, small, stacking=b), deal(3, large)]
    assert taken([line(1, 200)], *rules) == [("1", 15), ("2", 15)]


def test_line_by_line_each_line_has_its_best() -> None:
    rules = [deal(1, Percent(9_000), {1, 2}), deal(2, Percent(8_000), {2, 3})]
    lines = [line(1, 1_000), line(2, 1_000), line(3, 1_000)]
    assert taken(lines, *rules) == [("1", 100), ("2", 400)]


def test_a_budget_that_has_too_little_left() -> None:
    cut = AmountOff(((100, 20),))
    assert taken([line(1, 200)], deal(1, cut, at_most_fen=19)) == []
    assert taken([line(1, 200)], deal(1, cut, at_most_fen=20)) == [("1", 20)]


def test_nothing_becomes_free() -> None:
    all_off = [deal(n, AmountOff(((100, 99),)), stacking=EVERYBODY) for n in (1, 2)]
    quote = price([line(1, 60), line(2, 40)], all_off, CONTEXT)
    assert quote.payable_fen == 1
    assert price([line(1, 0)], all_off, CONTEXT).payable_fen == 0


def test_free_freight_is_after_the_freight() -> None:
    class Carriage:
        lane, source = Lane.FREIGHT, "zzz"

        def adjust(self, quote: Quote) -> list[Adjustment]:
            return freight(self.source, "运费", 1_000)

    rules = [deal(1, FreeFreight(500), lane=Lane.FREIGHT), cast(PriceRule, Carriage())]
    reached = price([line(1, 500)], rules, CONTEXT)
    assert (reached.freight_fen, reached.payable_fen) == (0, 500)
    short = price([line(1, 400)], rules, CONTEXT)
    assert (short.freight_fen, [hint.text for hint in short.hints]) == (1_000, ["再买 ¥1 可包邮"])


def test_a_hint_that_would_gain_nothing_is_not_given() -> None:
    rules = [deal(1, AmountOff(((100, 50),))), deal(2, AmountOff(((300, 40),)))]
    assert price([line(1, 200)], rules, CONTEXT).hints == ()
    together = [deal(1, AmountOff(((100, 50),))), deal(2, AmountOff(((300, 60),)))]
    (hint,) = price([line(1, 200)], together, CONTEXT).hints
    assert (hint.source, hint.text) == ("promotion:2", "再买 ¥1 可减 ¥0.6")


def test_words() -> None:
    assert [plain_yuan(fen) for fen in (19_900, 1_050, 5)] == ["199", "10.5", "0.05"]
    assert [fold(bp) for bp in (8_000, 8_500, 8_888)] == ["8 折", "8.5 折", "8.888 折"]
    assert CUT.description == "满 199 减 20，满 399 减 50"
    assert UnitsFree(3, 1, repeat=True).description == "每满 3 件免最低价 1 件"
    assert (ALONE.description, EVERYBODY.description) == (
        "同一商品不与其他同类优惠同享",
        "可与其他优惠同享",
    )


# -- properties ---------------------------------------------------------------------------

SKUS = st.integers(1, 6)
lines_ = st.lists(
    st.builds(line, SKUS, st.integers(0, 5_000), st.integers(1, 9)),
    min_size=1,
    max_size=5,
    unique_by=lambda one: one.sku_id,
)
off_ = st.tuples(st.integers(2, 20_000), st.integers(1, 5_000)).filter(lambda s: s[1] < s[0])
prices_ = st.one_of(
    st.builds(Percent, st.integers(100, 9_999)),
    st.builds(
        FixedPrices,
        st.dictionaries(SKUS, st.integers(1, 5_000), min_size=1).map(lambda d: tuple(d.items())),
    ),
)
benefits_ = st.one_of(
    prices_,
    st.builds(AmountOff, st.lists(off_, min_size=1, max_size=3).map(tuple)),
    st.builds(
        UnitsPercent,
        st.lists(st.tuples(st.integers(1, 9), st.integers(100, 9_999)), min_size=1).map(tuple),
    ),
    st.builds(UnitsFree, st.integers(3, 6), st.integers(1, 2), st.booleans()),
    st.builds(
        Bundle,
        st.dictionaries(SKUS, st.integers(1, 2), min_size=1, max_size=3).map(
            lambda d: tuple(d.items())
        ),
        st.integers(1, 5_000),
    ),
)
groups_ = st.sampled_from([None, "a", "b", "c"])
stackings_ = st.builds(
    Stacking, groups_, st.one_of(st.none(), st.frozensets(st.sampled_from(["a", "b", "c"])))
)


@st.composite
def deals_(draw: st.DrawFn) -> list[Deal]:
    found = []
    for number in range(1, draw(st.integers(1, 6)) + 1):
        lane = draw(st.sampled_from([Lane.ACTIVITY, Lane.PROMOTION]))
        found.append(
            deal(
                number,
                draw(prices_ if lane is Lane.ACTIVITY else benefits_),
                draw(st.sets(SKUS, min_size=1)),
                draw(stackings_),
                lane=lane,
                at_most_fen=draw(st.one_of(st.none(), st.integers(1, 5_000))),
            )
        )
    return found


@given(lines_, deals_())
def test_never_below_zero_and_every_sum_fits(lines: list[PriceLine], rules: list[Deal]) -> None:
    quote = price(lines, rules, CONTEXT)
    assert all(x.payable_fen >= 0 for x in quote.lines)
    assert quote.payable_fen >= min(1, quote.goods_fen)
    assert quote.payable_fen == sum(x.payable_fen for x in quote.lines)
    assert all(sum(a.shares) == a.amount_fen < 0 for a in quote.adjustments)
    limits = {rule.source: rule.at_most_fen for rule in rules}
    for adjustment in quote.adjustments:
        limit = limits[adjustment.source]
        assert limit is None or -adjustment.amount_fen <= limit


@given(lines_, deals_(), st.randoms())
def test_no_order_matters(lines: list[PriceLine], rules: list[Deal], chance: object) -> None:
    def said(quote: Quote) -> tuple[object, ...]:
        by_sku = {x.line.sku_id: x.payable_fen for x in quote.lines}
        return by_sku, [(a.source, a.amount_fen, a.label) for a in quote.adjustments], quote.hints

    shuffled, others = list(lines), list(rules)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    chance.shuffle(others)  # type: ignore[attr-defined]
    assert said(price(lines, rules, CONTEXT)) == said(price(shuffled, others, CONTEXT))


def in_one_lane(rules: list[Deal]) -> list[Deal]:
    return [rule for rule in rules if rule.lane is Lane.PROMOTION]


@given(lines_, deals_())
def test_never_worse_than_any_single_deal(lines: list[PriceLine], rules: list[Deal]) -> None:
    rules = in_one_lane(rules)
    together = price(lines, rules, CONTEXT).discount_fen
    assert all(together >= price(lines, [rule], CONTEXT).discount_fen for rule in rules)


@settings(max_examples=60)
@given(lines_, deals_())
def test_no_allowed_set_is_better(lines: list[PriceLine], rules: list[Deal]) -> None:
    """Every set whose members all go together, tried one by one."""
    rules = in_one_lane(rules)
    chosen = price(lines, rules, CONTEXT).discount_fen
    for size in range(1, len(rules) + 1):
        for members in combinations(rules, size):
            if all(a.stacking.goes_with(b.stacking) for a, b in combinations(members, 2)):
                assert price(lines, members, CONTEXT).discount_fen <= chosen


@given(lines_, deals_())
def test_what_is_chosen_is_allowed(lines: list[PriceLine], rules: list[Deal]) -> None:
    quote = price(lines, rules, CONTEXT)
    by_source = {rule.source: rule for rule in rules}
    for a, b in combinations(quote.adjustments, 2):
        common = any(x and y for x, y in zip(a.shares, b.shares, strict=True))
        one, other = by_source[a.source].stacking, by_source[b.source].stacking
        assert a.lane is not b.lane or not common or one.goes_with(other)


@given(lines_, deals_())
def test_refunding_every_unit_of_every_line_gives_back_the_whole(
    lines: list[PriceLine], rules: list[Deal]
) -> None:
    """Unit by unit, as payments shares a line out over its units."""
    quote = price(lines, rules, CONTEXT)
    back = 0
    for priced in quote.lines:
        units = priced.line.quantity
        for before in range(units):
            upto, had = priced.payable_fen * (before + 1), priced.payable_fen * before
            back += upto // units - had // units
    assert back == quote.payable_fen


def test_the_search_gives_up_in_time_with_something_good() -> None:
    """Forty that all exclude the next one but one: the heaviest is found at least."""
    rules = [
        deal(n, AmountOff(((100, 1_000 + n),)), stacking=Stacking(f"g{n % 7}", None))
        for n in range(1, 41)
    ]
    found = price([line(1, 1_000_000)], rules, CONTEXT)
    assert len(found.adjustments) == 7, "one of each group"
    assert found.discount_fen == sum(1_000 + n for n in range(34, 41))
    assert choosing.MAX_STEPS < 100_000
