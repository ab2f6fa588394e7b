"""What coupons take off: a table, and properties."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mall.coupons.choosing import Coupons
from mall.coupons.rules import (
    Terms,
    coupon_ids,
    freight_before_coupons,
    lines_before_coupons,
    worth,
)
from mall.pricing.engine import price
from mall.pricing.quote import PriceContext, PriceLine, Quote
from mall.pricing.scope import Goods, Scope
from tests.pricing.test_engine import Carriage

CONTEXT = PriceContext(user_id=1, region_code=None)
LATER = datetime(2030, 1, 1, tzinfo=UTC)


def line(sku_id: int, price_fen: int, quantity: int = 1) -> PriceLine:
    return PriceLine(sku_id, price_fen, quantity, sku_id, 1, None, 0)


def coupon(kind: str, number: int = 1, **more: Any) -> Terms:
    plain = {
        "amount_fen": 0,
        "off_bp": 0,
        "cap_fen": None,
        "threshold_fen": 0,
        "scope": Scope(),
        "expires_at": LATER,
    }
    return Terms(number, "券", kind, **{**plain, **more})


def of(*sku_ids: int) -> Scope:
    return Scope(only=Goods(sku_ids=frozenset(sku_ids)))


def all_but(*sku_ids: int) -> Scope:
    return Scope(excluded=Goods(sku_ids=frozenset(sku_ids)))


CART = (line(1, 1000, 2), line(2, 501), line(3, 3000))
"""20.00 + 5.01 + 30.00 = 55.01 yuan."""

TABLE = [
    (coupon("amount", amount_fen=500), 500, None),
    (coupon("amount", amount_fen=500, threshold_fen=5501), 500, None),
    (coupon("amount", amount_fen=500, threshold_fen=5502), 0, "再买 0.01 元适用商品可用"),
    (coupon("amount", amount_fen=9000), 5500, None),
    (coupon("amount", amount_fen=9000, scope=of(2)), 501, None),
    (coupon("amount", amount_fen=500, scope=of(9)), 0, "没有适用的商品"),
    (
        coupon("amount", amount_fen=500, scope=of(2), threshold_fen=502),
        0,
        "再买 0.01 元适用商品可用",
    ),
    (coupon("amount", amount_fen=9000, scope=all_but(3)), 2501, None),
    (coupon("amount", amount_fen=500, usable_from=LATER), 0, "未到使用时间"),
    (coupon("percent", off_bp=1500), 825, None),
    (coupon("percent", off_bp=1500, cap_fen=800), 800, None),
    (coupon("percent", off_bp=1, scope=of(2)), 0, "没有可减的金额"),
    (coupon("exchange", scope=of(1)), 1000, None),
    (coupon("exchange", scope=of(1, 2)), 1000, None),
    (coupon("freight"), 700, None),
    (coupon("freight", cap_fen=300), 300, None),
    (coupon("freight", threshold_fen=5502), 0, "再买 0.01 元适用商品可用"),
]


@pytest.mark.parametrize(("terms", "amount_fen", "reason"), TABLE)
def test_worth(terms: Terms, amount_fen: int, reason: str | None) -> None:
    quote = price(CART, [], CONTEXT)
    found = worth(terms, quote.lines, 700)
    assert (found.amount_fen, found.reason) == (amount_fen, reason)


def test_no_freight_to_pay() -> None:
    quote = price(CART, [], CONTEXT)
    assert worth(coupon("freight"), quote.lines, 0).reason == "本单没有运费"


def test_one_fen_stays_to_be_paid() -> None:
    rule = Coupons((coupon("amount", amount_fen=1000),))
    quote = price([line(1, 1000)], [rule], CONTEXT)
    assert quote.payable_fen == 1
    quote = price([line(1, 1)], [rule], CONTEXT)
    assert (quote.payable_fen, quote.adjustments) == (1, ())


def test_the_best_wins_and_of_equals_the_one_that_expires_first() -> None:
    small = coupon("amount", 1, amount_fen=300)
    late, early = (
        coupon("amount", 2, amount_fen=500),
        coupon("percent", 3, off_bp=5000, cap_fen=500, expires_at=LATER - timedelta(days=1)),
    )
    quote = price(CART, [Coupons((small, late, early))], CONTEXT)
    assert [a.source for a in quote.adjustments] == ["coupon:3"]


def priced(*terms: Terms) -> Quote:
    return price(CART, [Coupons(terms), Carriage(800)], CONTEXT)


def test_a_goods_and_a_freight_coupon_go_together_two_freight_coupons_dont() -> None:
    quote = priced(
        coupon("amount", 1, amount_fen=500),
        coupon("freight", 2, cap_fen=600),
        coupon("freight", 3, cap_fen=700),
    )
    assert quote.payable_fen == 5501 - 500 + 100
    assert coupon_ids(a.source for a in quote.adjustments) == [1, 3]
    assert freight_before_coupons(quote) == 800
    assert [x.payable_fen for x in lines_before_coupons(quote)] == [2000, 501, 3000]


def test_the_coupons_of_an_order_are_known_by_their_sources() -> None:
    assert coupon_ids(["promotion:7", "coupon:12", "freight:flat", "voucher:3"]) == [3, 12]


kinds = st.one_of(
    st.builds(lambda fen: coupon("amount", amount_fen=fen), st.integers(1, 10**6)),
    st.builds(
        lambda bp, cap: coupon("percent", off_bp=bp, cap_fen=cap),
        st.integers(1, 9999),
        st.none() | st.integers(1, 10**5),
    ),
    st.builds(lambda sku: coupon("exchange", scope=of(sku)), st.integers(1, 3)),
)


@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 99)), min_size=1, max_size=6),
    st.lists(kinds, max_size=4),
)
def test_a_coupon_never_makes_an_order_free_nor_dearer(
    lines: list[tuple[int, int]], terms: list[Terms]
) -> None:
    cart = [line(i, fen, n) for i, (fen, n) in enumerate(lines, start=1)]
    goods_fen = price(cart, [], CONTEXT).payable_fen
    quote = price(cart, [Coupons(tuple(terms))], CONTEXT)
    assert min(goods_fen, 1) <= quote.payable_fen <= goods_fen
    backwards = price(cart[::-1], [Coupons(tuple(terms[::-1]))], CONTEXT)
    assert backwards.payable_fen == quote.payable_fen
