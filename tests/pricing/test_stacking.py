"""What stacks with what, by the pure function; and activity prices, of which a line has one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mall.coupons.choosing import Coupons
from mall.coupons.models import AMOUNT, FREIGHT
from mall.coupons.rules import Terms
from mall.pricing.activity import activity_price
from mall.pricing.benefits import AmountOff, Bundle, FreeFreight, Percent
from mall.pricing.choosing import Stacking
from mall.pricing.deals import Deal
from mall.pricing.engine import discount, price
from mall.pricing.gifts import GiftBenefit
from mall.pricing.quote import (
    Adjustment,
    GiftRule,
    Lane,
    PassedOver,
    PriceContext,
    PriceLine,
    PriceRule,
    Quote,
    RuleBroken,
)
from mall.pricing.scope import Scope
from mall.shipping.freight_rules import FlatFreight
from tests.support import stacking as table
from tests.support.stacking import CELLS, Cell, group_price, member_price

CONTEXT = PriceContext(user_id=1, region_code=None)
PAGE = Path(__file__).parents[2] / "docs" / "pricing.md"
ALONE = Stacking()
SKU = 1


def line(sku_id: int, price_fen: int, quantity: int = 1) -> PriceLine:
    return PriceLine(sku_id, price_fen, quantity, 1, 1, None, 0)


BOUGHT = line(SKU, table.UNIT_FEN, table.UNITS)


def promotion(number: int, steps: tuple[tuple[int, int], ...]) -> Deal:
    source, over = f"promotion:{number}", frozenset({SKU})
    return Deal(Lane.PROMOTION, source, "满减", AmountOff(steps), over, ALONE)


def gift(number: int, unit_fen: int) -> Deal:
    benefit = GiftBenefit(GiftRule(1, 1, repeat=True), "毯子", line(50, unit_fen), 99, 99)
    return Deal(Lane.PROMOTION, f"promotion:{number}", "赠", benefit, frozenset({SKU}), ALONE)


def coupon(number: int, kind: str, fen: int, from_fen: int = 0) -> Terms:
    amount_fen, cap_fen = (fen, None) if kind == AMOUNT else (0, fen)
    until = datetime(2030, 1, 1, tzinfo=UTC)
    return Terms(number, "券", kind, amount_fen, 0, cap_fen, from_fen, Scope(), until)


def free_freight() -> Deal:
    benefit = FreeFreight(table.FREE_FROM_FEN)
    return Deal(Lane.FREIGHT, "promotion:9", "包邮", benefit, frozenset({SKU}), ALONE)


def rules_of(cell: Cell) -> list[PriceRule]:
    """The rules of the parts that meet in a cell. Of the coupons the best is chosen."""
    rules: dict[str, PriceRule] = {
        "member": member_price(SKU),
        "group": group_price(SKU),
        "promotion": promotion(1, table.PROMOTION_STEPS),
        "better": promotion(2, table.BETTER_STEPS),
        "gift": gift(3, table.GIFT_FEN),
        "better_gift": gift(4, table.BETTER_GIFT_FEN),
        "points": table.POINTS,
        "carriage": FlatFreight(table.FREIGHT_FEN, 10**9),
        "free": free_freight(),
    }
    coupons = {
        "coupon": coupon(1, AMOUNT, table.COUPON_FEN, table.COUPON_FROM_FEN),
        "better_coupon": coupon(2, AMOUNT, table.BETTER_COUPON_FEN),
        "voucher": coupon(3, FREIGHT, table.VOUCHER_FEN),
    }
    held = tuple(coupons[part] for part in cell.parts if part in coupons)
    found = [rules[part] for part in cell.parts if part in rules]
    return [*found, Coupons(held)] if held else found


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_every_cell_of_the_table(cell: Cell) -> None:
    quote = price([BOUGHT], rules_of(cell), CONTEXT)
    taken = tuple((a.lane.name, a.amount_fen) for a in quote.adjustments if a.shares)
    assert (taken, quote.freight_fen) == (cell.taken, cell.freight_fen)


def test_the_page_has_the_table() -> None:
    words = {(cell.row, cell.column): cell.word for cell in CELLS} | {("points", "points"): "–"}
    pairs = {(a, b) for i, a in enumerate(table.KINDS) for b in table.KINDS[i:]}
    assert words.keys() == pairs, "no cell without a test"
    assert table.table(words) in PAGE.read_text(encoding="utf-8")


# -- at most one activity price a line -----------------------------------------------------


def test_the_lowest_price_applies_and_the_quote_says_why() -> None:
    """100.00, for members 90.00, in a group 70.00: it was 60.00 once, by adding up."""
    quote = price([line(SKU, 10_000)], [member_price(SKU), group_price(SKU)], CONTEXT)
    assert quote.payable_fen == 7_000
    said = "已享拼团价，会员价不叠加"
    (adjustment,) = quote.adjustments
    assert (adjustment.source, adjustment.label, adjustment.note) == ("group:7", "拼团价", said)
    assert quote.passed_over == (PassedOver(SKU, ("member",), said),)


def test_two_that_accept_each_other_add_up() -> None:
    member, group = Stacking("member", frozenset({"group"})), Stacking("group", None)
    rules = [member_price(SKU, member), group_price(SKU, group)]
    quote = price([line(SKU, 10_000)], rules, CONTEXT)
    assert (quote.payable_fen, quote.passed_over) == (6_000, ())
    one_sided = [member_price(SKU, member), group_price(SKU)]
    assert price([line(SKU, 10_000)], one_sided, CONTEXT).payable_fen == 7_000


def test_what_lost_to_several_is_said_once_a_line() -> None:
    member, group = (
        Stacking("member", frozenset({"group"})),
        Stacking("group", frozenset({"member"})),
    )
    others = [activity_price(f"promotion:{n}", f"秋促{n}", {SKU: 9_900}) for n in (10, 9)]
    rules = [*others, member_price(SKU, member), group_price(SKU, group)]
    quote = price([line(SKU, 10_000)], rules, CONTEXT)
    said = "已享拼团价、会员价，秋促9、秋促10不叠加"
    assert quote.passed_over == (PassedOver(SKU, ("promotion:9", "promotion:10"), said),)
    assert [a.note for a in quote.adjustments] == [
        "已享拼团价，秋促9、秋促10不叠加",
        "已享会员价，秋促9、秋促10不叠加",
    ]


def test_a_price_that_is_not_lower_is_no_price() -> None:
    dearer = activity_price("first", "首单价", {SKU: 10_000})
    assert price([line(SKU, 9_000)], [dearer], CONTEXT).adjustments == ()
    quote = price([line(SKU, 10_000)], [dearer, member_price(SKU)], CONTEXT)
    assert (quote.payable_fen, quote.passed_over) == (9_000, ())


def test_each_line_has_its_own_lowest() -> None:
    members = activity_price("member", "会员价", {1: 900, 2: 700})
    season = Deal(Lane.ACTIVITY, "promotion:3", "秋促", Percent(8_000), frozenset({1, 2}), ALONE)
    quote = price([line(1, 1_000, 2), line(2, 1_000)], [members, season], CONTEXT)
    assert [x.payable_fen for x in quote.lines] == [1_600, 700]
    assert quote.passed_over == (
        PassedOver(1, ("member",), "已享秋促，会员价不叠加"),
        PassedOver(2, ("promotion:3",), "已享会员价，秋促不叠加"),
    )
    assert [a.note for a in quote.adjustments] == [
        "已享会员价，秋促不叠加",
        "已享秋促，会员价不叠加",
    ]


def test_of_equal_prices_one_is_chosen_whatever_their_order() -> None:
    rules = [activity_price(f"promotion:{n}", str(n), {SKU: 900}) for n in (10, 9, 100)]
    for order in (rules, rules[::-1]):
        (adjustment,) = price([line(SKU, 1_000)], order, CONTEXT).adjustments
        assert adjustment.source == "promotion:9"


def test_one_fen_stays() -> None:
    quote = price([line(SKU, 1_000)], [activity_price("prize", "奖", {SKU: 0})], CONTEXT)
    assert quote.payable_fen == 1


def test_a_price_above_its_budget_is_not_given() -> None:
    deal = activity_price("group:7", "拼团价", {SKU: 900}, at_most_fen=199)
    assert price([line(SKU, 1_000, 1)], [deal], CONTEXT).payable_fen == 900
    assert price([line(SKU, 1_000, 2)], [deal], CONTEXT).payable_fen == 2_000


@dataclass(frozen=True)
class Off:
    """A rule as any lane but this one may have it."""

    lane: Lane = Lane.ACTIVITY
    source: str = "test:off"

    def adjust(self, quote: Quote) -> list[Adjustment]:
        return discount(quote, self.lane, source=self.source, label="减", amount_fen=100)


@pytest.mark.parametrize(
    "rule",
    [
        Off(),
        Deal(Lane.ACTIVITY, "b", "套", Bundle(((SKU, 1),), 1), frozenset({SKU}), ALONE),
        Deal(Lane.ACTIVITY, "c", "减", AmountOff(((2, 1),)), frozenset({SKU}), ALONE),
    ],
)
def test_what_is_no_price_of_a_line_is_refused(rule: PriceRule) -> None:
    with pytest.raises(RuleBroken):
        price([line(SKU, 1_000)], [rule], CONTEXT)


GROUPS = [None, "a", "b", "c"]
prices_ = st.dictionaries(st.integers(1, 4), st.integers(0, 900), min_size=1, max_size=4)
stackings_ = st.builds(
    Stacking,
    st.sampled_from(GROUPS),
    st.one_of(st.none(), st.frozensets(st.sampled_from(["a", "b", "c"]))),
)
activities_ = st.lists(st.tuples(prices_, stackings_), min_size=1, max_size=5).map(
    lambda found: [
        activity_price(f"activity:{n}", f"价{n}", prices, stacking=stacking)
        for n, (prices, stacking) in enumerate(found, start=1)
    ]
)
goods_ = st.lists(
    st.builds(line, st.integers(1, 4), st.integers(1, 1_000), st.integers(1, 3)),
    min_size=1,
    max_size=4,
    unique_by=lambda one: one.sku_id,
)


def lowest(goods: PriceLine, rules: list[Deal]) -> int:
    """What the best allowed set takes off one line, tried one by one."""
    takes = [
        (r, max(0, goods.price_fen - dict(_prices(r))[goods.sku_id]) * goods.quantity)
        for r in rules
        if goods.sku_id in r.over
    ]
    found = 0
    for size in range(1, len(takes) + 1):
        for members in combinations(takes, size):
            pairs = combinations([rule.stacking for rule, fen in members if fen], 2)
            if all(a.goes_with(b) for a, b in pairs):
                found = max(found, sum(fen for _, fen in members))
    return min(found, goods.price_fen * goods.quantity)


def _prices(rule: Deal) -> tuple[tuple[int, int], ...]:
    return rule.benefit.prices  # type: ignore[attr-defined,no-any-return]


@given(goods_, activities_, st.randoms())
def test_each_line_has_the_best_allowed_set_in_any_order(
    goods: list[PriceLine], rules: list[Deal], chance: object
) -> None:
    quote = price(goods, rules, CONTEXT)
    best = {one.sku_id: one.price_fen * one.quantity - lowest(one, rules) for one in goods}
    left = {x.line.sku_id: x.payable_fen for x in quote.lines}
    assert left == best or (sum(best.values()) == 0 and sum(left.values()) == 1)
    shuffled, others = list(goods), list(rules)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    chance.shuffle(others)  # type: ignore[attr-defined]
    again = price(shuffled, others, CONTEXT)
    assert {x.line.sku_id: x.payable_fen for x in again.lines} == left
    assert set(again.passed_over) == set(quote.passed_over)


@given(goods_, activities_)
def test_who_lost_has_not_the_line_and_who_won_refuses_them(
    goods: list[PriceLine], rules: list[Deal]
) -> None:
    quote = price(goods, rules, CONTEXT)
    by_source = {rule.source: rule.stacking for rule in rules}
    for lost in quote.passed_over:
        place = next(i for i, x in enumerate(goods) if x.sku_id == lost.sku_id)
        had = {a.source for a in quote.adjustments if a.shares[place]}
        assert had.isdisjoint(lost.sources)
        for source in lost.sources:
            assert any(not by_source[one].goes_with(by_source[source]) for one in had)
