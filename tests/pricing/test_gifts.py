"""Gifts in quotes: earned by units, worth their price, counted by no other rule."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mall.pricing.benefits import AmountOff, FreeFreight, Percent
from mall.pricing.choosing import Stacking
from mall.pricing.deals import Deal
from mall.pricing.engine import price
from mall.pricing.gifts import GiftBenefit
from mall.pricing.quote import GiftRule, Lane, PriceContext, PriceLine, PriceRule, Quote

CONTEXT = PriceContext(user_id=1, region_code=None)
ALONE, EVERYBODY = Stacking(), Stacking(None, None)
ONE_A_PAIR = GiftRule(2, 1, repeat=True)
GIFT_SKU = 50


def line(sku_id: int, price_fen: int, quantity: int = 1) -> PriceLine:
    return PriceLine(sku_id, price_fen, quantity, 1, 1, None, 0)


def gift(
    rule: GiftRule = ONE_A_PAIR,
    *,
    number: int = 1,
    left: int = 99,
    on_shelf: int = 99,
    stacking: Stacking = EVERYBODY,
    at_most_fen: int | None = None,
) -> Deal:
    benefit = GiftBenefit(rule, "毯子", line(GIFT_SKU, 300), left, on_shelf)
    source, over = f"promotion:{number}", frozenset(range(1, 10))
    return Deal(Lane.PROMOTION, source, "赠", benefit, over, stacking, at_most_fen)


def cut(off_fen: int, stacking: Stacking = EVERYBODY) -> Deal:
    over = frozenset(range(1, 10))
    return Deal(Lane.PROMOTION, "promotion:9", "减", AmountOff(((1_000, off_fen),)), over, stacking)


def quote(lines: list[PriceLine], *rules: PriceRule) -> Quote:
    return price(lines, rules, CONTEXT)


@pytest.mark.parametrize(
    ("rule", "bought", "earned", "short"),
    [
        (GiftRule(1, 1, repeat=False), 5, 1, None),
        (GiftRule(1, 1, repeat=True), 5, 5, 1),
        (GiftRule(2, 1, repeat=True), 5, 2, 1),
        (GiftRule(3, 2, repeat=True), 6, 4, 3),
        (GiftRule(3, 2, repeat=False), 2, 0, 1),
    ],
)
def test_what_is_earned(rule: GiftRule, bought: int, earned: int, short: int | None) -> None:
    assert (rule.earned(bought), rule.short(bought)) == (earned, short)


def test_a_gift_is_a_line_of_its_own_for_nothing() -> None:
    shown = quote([line(1, 1_000, 3), line(2, 500)], gift())
    assert [(x.line.sku_id, x.line.quantity, x.payable_fen) for x in shown.lines] == [
        (1, 3, 3_000),
        (2, 1, 500),
        (GIFT_SKU, 2, 0),
    ]
    (adjustment,) = shown.adjustments
    assert (adjustment.amount_fen, adjustment.shares) == (-600, (0, 0, -600))
    assert adjustment.label == "赠（每买 2 件赠 1 件）"
    assert (shown.goods_fen, shown.discount_fen, shown.payable_fen) == (4_100, 600, 3_500)
    assert [hint.text for hint in shown.hints] == ["再买 2 件可得赠品「毯子」1 件"]
    assert shown.notices == ()


def test_the_same_goods_bought_and_given() -> None:
    shown = quote([line(1, 1_000), line(GIFT_SKU, 300)], gift(GiftRule(1, 1, repeat=False)))
    assert [(x.line.sku_id, x.payable_fen) for x in shown.lines] == [
        (1, 1_000),
        (GIFT_SKU, 300),
        (GIFT_SKU, 0),
    ]


def test_too_few_are_left() -> None:
    some = quote([line(1, 1_000, 6)], gift(left=2))
    assert some.lines[1].line.quantity == 2
    assert some.notices == ("赠：赠品「毯子」仅剩 2 件",)
    none = quote([line(1, 1_000, 6)], gift(on_shelf=0))
    assert (len(none.lines), none.payable_fen, none.hints) == (1, 6_000, ())
    assert none.notices == ("赠：赠品「毯子」已赠完，本单不含赠品",)
    assert quote([line(1, 1_000)], gift(left=0)).notices == (), "nothing was earned"


def test_two_deals_share_the_shelf() -> None:
    shown = quote([line(1, 1_000, 4)], gift(on_shelf=3), gift(number=2, on_shelf=3))
    assert [x.line.quantity for x in shown.lines[1:]] == [2, 1]
    assert shown.notices == ("赠：赠品「毯子」仅剩 1 件",)


def test_on_the_same_goods_the_better_wins_unless_both_accept() -> None:
    goods = [line(1, 1_000, 2)]
    assert [a.source for a in quote(goods, gift(stacking=ALONE), cut(299, ALONE)).adjustments] == [
        "promotion:1"
    ]
    assert [a.source for a in quote(goods, gift(stacking=ALONE), cut(301, ALONE)).adjustments] == [
        "promotion:9"
    ]
    assert quote(goods, gift(), cut(301)).discount_fen == 601


def test_no_other_rule_counts_a_gift() -> None:
    lanes: list[PriceRule] = [
        Deal(Lane.ACTIVITY, "promotion:7", "折", Percent(9_000), frozenset({1, 50}), EVERYBODY),
        Deal(Lane.FREIGHT, "promotion:8", "邮", FreeFreight(2_000), frozenset({1, 50}), EVERYBODY),
    ]
    shown = quote([line(1, 1_000, 2)], gift(), *lanes)
    assert (shown.discount_fen, shown.payable_fen) == (500, 1_800)
    assert [hint.text for hint in shown.hints] == ["再买 2 件可得赠品「毯子」1 件"], (
        "no freight here, so nothing about it"
    )


def test_a_gift_above_the_budget_is_not_made() -> None:
    assert quote([line(1, 1_000, 2)], gift(at_most_fen=299)).goods_fen == 2_000
    assert quote([line(1, 1_000, 2)], gift(at_most_fen=300)).goods_fen == 2_300


@given(
    st.dictionaries(
        st.integers(1, 9), st.tuples(st.integers(1, 5_000), st.integers(1, 9)), min_size=1
    ),
    st.builds(GiftRule, st.integers(1, 5), st.integers(1, 3), st.booleans()),
    st.integers(0, 10),
    st.integers(1, 4_000),
)
def test_gifts_change_no_amount_that_is_paid(
    bought: dict[int, tuple[int, int]], rule: GiftRule, left: int, off_fen: int
) -> None:
    lines = [line(sku_id, fen, units) for sku_id, (fen, units) in bought.items()]
    plain, shown = quote(lines, cut(off_fen)), quote(lines, gift(rule, left=left), cut(off_fen))
    assert shown.payable_fen == plain.payable_fen > 0
    assert [x.payable_fen for x in shown.lines[: len(lines)]] == [
        x.payable_fen for x in plain.lines
    ]
    assert all(x.payable_fen == 0 for x in shown.lines[len(lines) :])
    given_units = sum(x.line.quantity for x in shown.lines[len(lines) :])
    assert given_units == min(left, rule.earned(sum(x.quantity for x in lines)))
    assert all(len(a.shares) == len(shown.lines) for a in shown.adjustments)
    assert shown.goods_fen == sum(x.total_fen for x in shown.lines)
