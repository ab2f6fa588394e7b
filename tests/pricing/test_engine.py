"""Pricing as a table and as properties."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mall.kernel.money import MAX_FEN
from mall.pricing.engine import discount, freight, price
from mall.pricing.quote import (
    Adjustment,
    Lane,
    PriceContext,
    PriceLine,
    PriceRule,
    Quote,
    RuleBroken,
)

CONTEXT = PriceContext(user_id=1, region_code="330106")


def line(sku_id: int, price_fen: int, quantity: int = 1) -> PriceLine:
    return PriceLine(sku_id, price_fen, quantity, 1, 1, None, 0)


@dataclass(frozen=True)
class Off:
    """So much off, over these SKUs or all."""

    lane: Lane
    amount_fen: int
    source: str = "test:off"
    over: frozenset[int] | None = None

    def adjust(self, quote: Quote) -> list[Adjustment]:
        return discount(
            quote,
            self.lane,
            source=self.source,
            label="减",
            amount_fen=self.amount_fen,
            over=self.over,
        )


@dataclass(frozen=True)
class Carriage:
    amount_fen: int
    lane: Lane = Lane.FREIGHT
    source: str = "test:freight"

    def adjust(self, quote: Quote) -> list[Adjustment]:
        return freight(self.source, "运费", self.amount_fen)


@dataclass(frozen=True)
class Says:
    """Answers whatever it was told to."""

    answer: Callable[[Quote], list[Adjustment]] = field(repr=False)
    lane: Lane = Lane.COUPON
    source: str = "test:says"

    def adjust(self, quote: Quote) -> list[Adjustment]:
        return self.answer(quote)


def test_goods_alone() -> None:
    quote = price([line(1, 1999, 2), line(2, 500)], [], CONTEXT)
    assert (quote.goods_fen, quote.discount_fen, quote.freight_fen) == (4498, 0, 0)
    assert quote.payable_fen == 4498
    assert [x.payable_fen for x in quote.lines] == [3998, 500]


def test_a_discount_is_split_by_largest_remainder() -> None:
    quote = price([line(1, 100), line(2, 100), line(3, 100)], [Off(Lane.COUPON, 100)], CONTEXT)
    assert quote.adjustments[0].shares == (-34, -33, -33)
    assert quote.payable_fen == 200


def test_a_discount_never_takes_more_than_there_is() -> None:
    rule = Off(Lane.COUPON, 10_000, over=frozenset({2}))
    quote = price([line(1, 300), line(2, 200)], [Off(Lane.COUPON, 10_000)], CONTEXT)
    assert (quote.discount_fen, quote.payable_fen) == (499, 1), "nothing becomes free (I13)"
    quote = price([line(1, 300), line(2, 200)], [rule], CONTEXT)
    assert [x.payable_fen for x in quote.lines] == [300, 0], "a single line may"


def test_a_discount_may_be_for_some_skus_only() -> None:
    rule = Off(Lane.PROMOTION, 150, over=frozenset({2}))
    quote = price([line(1, 300), line(2, 200)], [rule], CONTEXT)
    assert [x.payable_fen for x in quote.lines] == [300, 50]


def test_each_lane_sees_what_the_lanes_before_it_left() -> None:
    rules: list[PriceRule] = [
        Off(Lane.COUPON, 80, "b"),
        Off(Lane.PROMOTION, 50, "a"),
        Carriage(10),
    ]
    quote = price([line(1, 100)], rules, CONTEXT)
    assert [(a.source, a.amount_fen) for a in quote.adjustments] == [
        ("a", -50),
        ("b", -49),
        ("test:freight", 10),
    ]
    assert (quote.payable_fen, quote.freight_fen) == (11, 10)


@pytest.mark.parametrize(
    "answer",
    [
        lambda q: [Adjustment(Lane.COUPON, "x", "x", -10, (-9, 0))],
        lambda q: [Adjustment(Lane.COUPON, "x", "x", -10, (-10,))],
        lambda q: [Adjustment(Lane.COUPON, "x", "x", -200, (-200, 0))],
        lambda q: [Adjustment(Lane.COUPON, "x", "x", 0, (-101, 101))],
        lambda q: [Adjustment(Lane.COUPON, "x", "x", 10, (5, 5))],
        lambda q: [Adjustment(Lane.FREIGHT, "x", "x", -1, ())],
        lambda q: [Adjustment(Lane.FREIGHT, "x", "x", 5, (5, 0))],
    ],
)
def test_a_rule_that_does_not_add_up_is_refused(
    answer: Callable[[Quote], list[Adjustment]],
) -> None:
    with pytest.raises(RuleBroken):
        price([line(1, 100), line(2, 100)], [Says(answer)], CONTEXT)


@pytest.mark.parametrize(
    "lines", [[], [line(1, 1), line(1, 1)], [line(1, 1, 0)], [line(1, 1, -1)], [line(1, -1)]]
)
def test_lines_must_make_sense(lines: list[PriceLine]) -> None:
    with pytest.raises(ValueError, match=r"a quote has|quantities are"):
        price(lines, [], CONTEXT)


def test_a_total_out_of_range_is_refused() -> None:
    with pytest.raises(OverflowError):
        price([line(1, MAX_FEN, 2)], [], CONTEXT)


lines_ = st.lists(
    st.builds(line, st.integers(1, 10**6), st.integers(0, 10**5), st.integers(1, 9999)),
    min_size=1,
    max_size=8,
    unique_by=lambda one: one.sku_id,
)
rules_ = st.lists(
    st.one_of(
        st.builds(
            Off,
            st.sampled_from([Lane.PROMOTION, Lane.COUPON, Lane.POINTS]),
            st.integers(0, 10**8),
            st.text("ab", min_size=1, max_size=8),
        ),
        st.builds(Carriage, st.integers(0, 5000)),
    ),
    max_size=5,
    unique_by=lambda rule: rule.source,
)


@given(lines_, rules_)
def test_no_line_is_below_zero_and_every_sum_fits(
    lines: list[PriceLine], rules: list[Off | Carriage]
) -> None:
    quote = price(lines, rules, CONTEXT)
    assert all(x.payable_fen >= 0 for x in quote.lines)
    assert quote.payable_fen >= 0
    assert quote.goods_fen == sum(x.total_fen for x in quote.lines)
    assert quote.payable_fen == sum(x.payable_fen for x in quote.lines) + quote.freight_fen
    for adjustment in quote.adjustments:
        if adjustment.lane is not Lane.FREIGHT:
            assert sum(adjustment.shares) == adjustment.amount_fen < 0
    for i, priced in enumerate(quote.lines):
        shares = [a.shares[i] for a in quote.adjustments if a.lane is not Lane.FREIGHT]
        assert priced.adjusted_fen == sum(shares)


@given(lines_, rules_, st.randoms())
def test_neither_the_order_of_lines_nor_of_rules_matters(
    lines: list[PriceLine], rules: list[Off | Carriage], chance: object
) -> None:
    def by_sku(quote: Quote) -> dict[int, int]:
        return {x.line.sku_id: x.payable_fen for x in quote.lines}

    first = price(lines, rules, CONTEXT)
    shuffled, other = list(lines), list(rules)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    chance.shuffle(other)  # type: ignore[attr-defined]
    second = price(shuffled, other, CONTEXT)
    assert by_sku(first) == by_sku(second)
    assert first.payable_fen == second.payable_fen


@given(lines_, rules_)
def test_the_same_input_gives_the_same_quote(
    lines: list[PriceLine], rules: list[Off | Carriage]
) -> None:
    assert price(lines, rules, CONTEXT) == price(lines, rules, CONTEXT)
