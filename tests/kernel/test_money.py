from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mall.kernel.money import fen_from_yuan, split, yuan

weights = st.lists(st.integers(0, 10**9), min_size=1, max_size=30)


@given(st.integers(0, 10**10), weights)
def test_parts_sum_to_the_total(total: int, shares: list[int]) -> None:
    assert sum(split(total, shares)) == total


@given(st.integers(0, 10**10), weights)
def test_no_part_is_a_fen_off_its_exact_share(total: int, shares: list[int]) -> None:
    whole = sum(shares)
    if whole:
        for part, weight in zip(split(total, shares), shares, strict=True):
            assert abs(part * whole - total * weight) < whole


@pytest.mark.parametrize(
    ("text", "fen"),
    [("899.00", 89900), (" ￥1,399 ", 139900), ("5元", 500), ("0.1", 10), ("0", 0)],
)
def test_yuan_as_merchants_write_it(text: str, fen: int) -> None:
    assert fen_from_yuan(text) == fen


@pytest.mark.parametrize("text", ["", "NaN", "Infinity", "1.001", "-1", "1e99", "abc", "1..2"])
def test_what_is_no_price(text: str) -> None:
    with pytest.raises(ValueError, match="amount"):
        fen_from_yuan(text)


@given(st.integers(0, 10**10))
def test_shown_and_read_again(fen: int) -> None:
    assert fen_from_yuan(yuan(fen)) == fen
