"""The flat freight rule, alone and in a real quote."""

from __future__ import annotations

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from mall.pricing.engine import price
from mall.pricing.quote import Lane, PriceContext, PriceLine, Quote
from mall.shipping.freight_rules import FlatFreight
from tests.support.shipping import place_test_order


def priced(unit_fen: int, quantity: int, rule: FlatFreight) -> Quote:
    line = PriceLine(1, unit_fen, quantity, spu_id=1, category_id=1, brand_id=None, weight_g=0)
    return price([line], [rule], PriceContext(user_id=1, region_code=None))


@pytest.mark.parametrize(
    ("goods_fen", "freight_fen", "free_from_fen", "expected_fen"),
    [
        (8799, 1000, 8800, 1000),
        (8800, 1000, 8800, 0),
        (8801, 1000, 8800, 0),
        (1, 1000, 0, 0),
        (1, 0, 8800, 0),
    ],
)
def test_freight_is_flat_and_free_from_a_total(
    goods_fen: int, freight_fen: int, free_from_fen: int, expected_fen: int
) -> None:
    quote = priced(goods_fen, 1, FlatFreight(freight_fen, free_from_fen))
    assert quote.freight_fen == expected_fen
    assert quote.payable_fen == goods_fen + expected_fen
    assert [a.lane for a in quote.adjustments] == [Lane.FREIGHT] * (expected_fen > 0)


@given(
    st.integers(1, 1_000_000), st.integers(1, 99), st.integers(0, 10_000), st.integers(0, 100_000)
)
def test_freight_never_depends_on_anything_but_the_total(
    unit_fen: int, quantity: int, freight_fen: int, free_from_fen: int
) -> None:
    rule = FlatFreight(freight_fen, free_from_fen)
    freight_of = priced(unit_fen, quantity, rule).freight_fen
    assert freight_of in (0, freight_fen)
    assert freight_of == priced(unit_fen * quantity, 1, rule).freight_fen


def test_an_order_pays_the_freight_of_the_settings(app: Flask) -> None:
    assert place_test_order(1, price_fen=5000).payable_fen == 6000
    assert place_test_order(2, price_fen=5000).payable_fen == 10_000
