"""`best` is the cheapest of all sets that may be used, compared with trying every one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mall.coupons.choosing import Coupons
from mall.coupons.rules import Terms
from mall.kernel.money import share
from mall.pricing.benefits import AmountOff, FreeFreight
from mall.pricing.choosing import Stacking
from mall.pricing.deals import Deal
from mall.pricing.engine import price
from mall.pricing.quote import Lane, PriceLine, PriceRule, Quote
from mall.shipping.freight_rules import FlatFreight
from tests.coupons.test_rules import CONTEXT, LATER, coupon, line, of
from tests.support.stacking import POINTS

FREIGHT_FEN = 1_000


def cheapest(cart: list[PriceLine], held: tuple[Terms, ...], *more: PriceRule) -> Quote:
    return price(cart, [Coupons(held), *more], CONTEXT)


def told(cart: list[PriceLine], held: tuple[Terms, ...], *more: PriceRule) -> Quote:
    return price(cart, [Coupons(held, as_told=True), *more], CONTEXT)


def sources(quote: Quote) -> list[str]:
    return [a.source for a in quote.adjustments if a.source.startswith(("coupon", "voucher"))]


def test_a_coupon_that_costs_the_free_freight_is_not_the_best() -> None:
    """88.00 with free freight from 88: one yuan off costs ten of freight."""
    found = cheapest(
        [line(1, 8_800)], (coupon("amount", amount_fen=100),), FlatFreight(FREIGHT_FEN, 8_800)
    )
    assert (found.payable_fen, sources(found)) == (8_800, [])


def test_a_freight_coupon_looks_at_what_promotions_left_not_at_what_coupons_left() -> None:
    both = (coupon("percent", 1, off_bp=540), coupon("freight", 2, threshold_fen=1_000))
    carriage = FlatFreight(FREIGHT_FEN, 9_900)
    assert cheapest([line(1, 1_000)], both, carriage).payable_fen == 946
    over = frozenset({1})
    promotion = Deal(Lane.PROMOTION, "promotion:1", "减", AmountOff(((1, 1),)), over, Stacking())
    found = cheapest([line(1, 1_000)], both, carriage, promotion)
    assert sources(found) == ["coupon:1"], "promotions do count"


def test_of_equals_points_are_left_then_coupons_then_what_expires_last() -> None:
    five, sooner = (
        coupon("amount", 1, amount_fen=300),
        coupon("amount", 2, amount_fen=300, expires_at=LATER - timedelta(days=1)),
    )
    freight = tuple(
        coupon("freight", n, expires_at=LATER - timedelta(days=n % 2)) for n in (3, 4, 5, 6)
    )
    found = cheapest([line(1, 301)], (five, sooner, *freight), POINTS, FlatFreight(500, 9_900))
    assert sources(found) == ["coupon:2", "voucher:3"]
    assert found.payable_fen == 1


def test_of_two_coupons_that_were_asked_for_the_idle_one_says_so() -> None:
    both = (coupon("amount", 1, amount_fen=300), coupon("freight", 2))
    carriage = FlatFreight(500, 1_000)
    assert told([line(1, 600)], both, carriage).notices == ()
    assert told([line(1, 2_000)], both, carriage).notices == ("「券」本单未使用：本单没有运费",)
    far = (replace(both[0], threshold_fen=700), both[1])
    found = told([line(1, 600)], far, carriage)
    assert (found.payable_fen, found.notices) == (
        600,
        ("「券」本单未使用：再买 1.00 元适用商品可用",),
    )
    assert cheapest([line(1, 2_000)], both, carriage).notices == ()


# -- every set ------------------------------------------------------------------------------


def off(terms: Terms, lines: dict[int, int], units: dict[int, int], freight: int) -> int | None:
    """What a coupon takes off, or None where its conditions aren't met."""
    only = terms.scope.only.sku_ids
    covered = {sku: fen for sku, fen in lines.items() if not only or sku in only}
    if not covered or sum(covered.values()) < terms.threshold_fen:
        return None
    cap = 10**9 if terms.cap_fen is None else terms.cap_fen
    if terms.kind == "freight":
        return min(freight, cap)
    took = {
        "amount": terms.amount_fen,
        "percent": min(cap, share(sum(covered.values()), terms.off_bp)),
        "exchange": max(-(-fen // units[sku]) for sku, fen in covered.items()),
    }[terms.kind]
    return max(0, min(took, sum(covered.values()), sum(lines.values()) - 1))


def by_trying(cart: list[PriceLine], held: list[Terms], free_from: int, promised: int) -> int:
    """The lowest payable of all sets: none or one for goods, none or one for freight."""
    lines = {x.sku_id: x.price_fen * x.quantity for x in cart}
    units = {x.sku_id: x.quantity for x in cart}
    found = []
    for goods in (None, *(t for t in held if t.kind != "freight")):
        left = sum(lines.values()) - ((goods and off(goods, lines, units, 0)) or 0)
        freight = 0 if left >= min(free_from, promised) else FREIGHT_FEN
        for voucher in (None, *(t for t in held if t.kind == "freight")):
            paid = (voucher and off(voucher, lines, units, freight)) or 0
            found.append(left + freight - paid)
    return min(found)


def _terms(
    kinds: st.SearchStrategy[dict[str, Any]],
) -> st.SearchStrategy[list[Terms]]:
    one = st.builds(
        lambda terms, from_fen, skus, days: coupon(
            **terms,
            threshold_fen=from_fen,
            scope=of(*skus),
            expires_at=datetime(2030, 1, 1 + days, tzinfo=UTC),
        ),
        kinds,
        st.integers(0, 3_000),
        st.sets(st.integers(1, 3), max_size=2),
        st.integers(0, 3),
    )
    several = st.lists(one, max_size=5)
    return several.map(lambda all_: [replace(t, coupon_id=n) for n, t in enumerate(all_, 1)])


caps = st.none() | st.integers(1, 1_500)
held_ = _terms(
    st.one_of(
        st.builds(lambda fen: {"kind": "amount", "amount_fen": fen}, st.integers(1, 2_000)),
        st.builds(
            lambda bp, cap: {"kind": "percent", "off_bp": bp, "cap_fen": cap},
            st.integers(1, 9_999),
            caps,
        ),
        st.just({"kind": "exchange"}),
        st.builds(lambda cap: {"kind": "freight", "cap_fen": cap}, caps),
    )
)
cart_ = st.lists(
    st.builds(line, st.integers(1, 3), st.integers(1, 1_500), st.integers(1, 3)),
    min_size=1,
    max_size=3,
    unique_by=lambda one: one.sku_id,
)


@settings(max_examples=300)
@given(cart_, held_, st.integers(0, 4_000), st.integers(0, 4_000) | st.just(10**9))
def test_best_is_the_lowest_of_all_sets_goods_and_freight_together(
    cart: list[PriceLine], held: list[Terms], free_from: int, promised: int
) -> None:
    over = frozenset(x.sku_id for x in cart)
    free = Deal(Lane.FREIGHT, "promotion:1", "包邮", FreeFreight(promised), over, Stacking())
    rules = FlatFreight(FREIGHT_FEN, free_from), free
    found = cheapest(cart, tuple(held), *rules)
    assert found.payable_fen == by_trying(cart, held, free_from, promised)
    assert sources(cheapest(cart[::-1], tuple(held[::-1]), *rules)) == sources(found)


def test_of_hundreds_of_coupons_each_is_tried_once() -> None:
    """Freight coupons compete in their lane: they don't multiply the sets, and of a heap of
    equal goods coupons one is tried."""
    cart = [line(sku, 900 + sku) for sku in range(1, 31)]
    goods = [
        coupon("amount", n, amount_fen=500 + n % 100, scope=of(*range(1, 2 + n % 10)))
        for n in range(300)
    ]
    freight = [coupon("freight", 1_000 + n, cap_fen=n) for n in range(1, 300)]
    quote = price(cart, [FlatFreight(FREIGHT_FEN, 10**9)], CONTEXT)
    assert len(Coupons((*goods, *freight)).options(quote)) == 100 + 1
