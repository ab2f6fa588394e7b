"""The arithmetic of commission, as tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mall.referral.commission.line_models import ALL, CATEGORY, SKU
from mall.referral.commission.rates import Plan, Rates, kept

SILVER, GOLD = 1, 2
PLAN: dict[tuple[str, int, int | None], Rates] = {
    (ALL, 0, None): (500, 100),
    (ALL, 0, GOLD): (700, 200),
    (CATEGORY, 1, None): (800, 0),
    (CATEGORY, 5, GOLD): (900, 300),
    (SKU, 77, None): (1_000, 400),
    (SKU, 78, GOLD): (0, 0),
}


@pytest.mark.parametrize(
    ("sku_id", "path", "promoter_level", "level", "rate_bp"),
    [
        (1, "/9/", SILVER, 1, 500),
        (1, "/9/", SILVER, 2, 100),
        (1, "/9/", GOLD, 1, 700),
        (1, "/1/", SILVER, 1, 800),
        (1, "/1/", GOLD, 1, 800),
        (1, "/1/5/", GOLD, 1, 900),
        (1, "/1/5/", SILVER, 1, 800),
        (1, "/1/5/", SILVER, 2, 0),
        (77, "/1/5/", GOLD, 1, 1_000),
        (78, "/1/5/", GOLD, 1, 0),
        (78, "/1/5/", SILVER, 1, 800),
        (1, "/9/", GOLD, 3, 0),
        (1, "/9/", GOLD, 0, 0),
    ],
)
def test_which_rate_counts(
    sku_id: int, path: str, promoter_level: int, level: int, rate_bp: int
) -> None:
    """A SKU's before its category's, the nearest first; the promoter's level before any. Nobody is
    paid at a third level."""
    assert Plan(1, PLAN).rate_bp(sku_id, path, promoter_level, level) == rate_bp


def test_no_rates_pay_nothing() -> None:
    assert Plan(1, {}).rate_bp(1, "/1/", SILVER, 1) == 0


@pytest.mark.parametrize(
    ("base_fen", "back_fen", "rate_bp", "fen"),
    [
        (1_000, 0, 1_000, 100),
        (999, 0, 1_000, 99),
        (9, 0, 1_000, 0),
        (1_000, 1, 1_000, 99),
        (1_000, 333, 1_000, 66),
        (1_000, 1_000, 1_000, 0),
        (1, 0, 10_000, 1),
        (10_000_000_000, 0, 9_999, 9_999_000_000),
    ],
)
def test_what_is_kept_is_rounded_down(base_fen: int, back_fen: int, rate_bp: int, fen: int) -> None:
    assert kept(base_fen, back_fen, rate_bp) == fen


@given(
    base_fen=st.integers(1, 10**10),
    rate_bp=st.integers(0, 10_000),
    parts=st.lists(st.integers(0, 10**10), max_size=8),
)
def test_reversals_add_up_to_the_fen(base_fen: int, rate_bp: int, parts: list[int]) -> None:
    """Whatever the steps: none is negative, and all of them are the whole."""
    whole = kept(base_fen, 0, rate_bp)
    back, taken = 0, 0
    for part in [*parts, base_fen]:
        back = min(base_fen, back + part)
        due = whole - kept(base_fen, back, rate_bp) - taken
        assert due >= 0
        taken += due
    assert taken == whole <= base_fen
