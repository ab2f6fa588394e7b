"""What staff may make an order cost: a table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mall.kernel.errors import MallError
from mall.orders.prices import OrderPrice, PriceChange, PricedLine, changed_price


def price(*quoted_fen: int, freight_fen: int = 0) -> OrderPrice:
    """An order as it was placed; line ids are 1, 2 …"""
    lines = [PricedLine(n, "枕头", "", 1, fen, fen) for n, fen in enumerate(quoted_fen, 1)]
    return OrderPrice(lines, freight_fen, freight_fen)


def amounts(found: OrderPrice) -> tuple[list[int], int]:
    return [line.payable_fen for line in found.lines], found.freight_fen


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (PriceChange(lines={1: 900}), ([900, 500], 800)),
        (PriceChange(lines={1: 0}), ([0, 500], 800)),
        (PriceChange(lines={1: 1000, 2: 500}, freight_fen=0), ([1000, 500], 0)),
        (PriceChange(freight_fen=100), ([1000, 500], 100)),
        (PriceChange(goods_payable_fen=1200), ([800, 400], 800)),
        (PriceChange(goods_payable_fen=1), ([1, 0], 800)),
        (PriceChange(goods_payable_fen=1500), ([1000, 500], 800)),
        (PriceChange(lines={1: 1001}), "price_beyond_quote"),
        (PriceChange(goods_payable_fen=1501), "price_beyond_quote"),
        (PriceChange(freight_fen=801), "price_beyond_quote"),
        (PriceChange(lines={1: 0, 2: 0}), "price_below_one_fen"),
        (PriceChange(goods_payable_fen=0), "price_below_one_fen"),
        (PriceChange(lines={3: 1}), "order_line_unknown"),
    ],
)
def test_down_or_up_to_the_quote(change: PriceChange, expected: object) -> None:
    try:
        found: object = amounts(changed_price(price(1000, 500, freight_fen=800), change))
    except MallError as refusal:
        found = refusal.code
    assert found == expected


def test_a_gift_stays_a_gift() -> None:
    with pytest.raises(MallError, match="price_beyond_quote"):
        changed_price(price(1000, 0), PriceChange(lines={2: 1}))
    assert amounts(changed_price(price(1000, 0), PriceChange(goods_payable_fen=7)))[0] == [7, 0]


def test_a_second_change_starts_from_the_quote() -> None:
    once = changed_price(price(1000, 500), PriceChange(lines={1: 1}))
    again = changed_price(once, PriceChange(goods_payable_fen=1200))
    assert amounts(again)[0] == [800, 400]
    assert amounts(changed_price(once, PriceChange(lines={2: 400})))[0] == [1, 400]


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=8), st.data())
def test_an_amount_for_all_goods_is_met_to_the_fen(quoted: list[int], data: st.DataObject) -> None:
    whole = sum(quoted)
    wanted = data.draw(st.integers(min(1, whole), whole))
    found = changed_price(price(*quoted, freight_fen=1), PriceChange(goods_payable_fen=wanted))
    assert found.goods_payable_fen == wanted
    assert all(0 <= line.payable_fen <= line.quoted_fen for line in found.lines)
