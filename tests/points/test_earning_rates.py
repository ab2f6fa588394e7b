"""What money earns, by the pure rules."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mall.points.earning.rates import UNIT_FEN, Day, Plan, earned

DOUBLE = Day("双十二", date(2026, 12, 11), date(2026, 12, 12), 20_000)
PLAN = Plan(1, 100, {1: 200, 5: 300, 7: 0}, {42: 0, 43: 900}, [DOUBLE])
PLAIN = date(2026, 12, 10)


@pytest.mark.parametrize(
    ("sku_id", "path", "rate"),
    [
        (1, "/9/", 100),
        (1, "/1/", 200),
        (1, "/1/5/", 300),
        (1, "/1/6/", 200),
        (1, "/1/7/8/", 0),
        (42, "/1/5/", 0),
        (43, "/1/7/", 900),
    ],
)
def test_the_sku_then_the_nearest_category_then_the_default(
    sku_id: int, path: str, rate: int
) -> None:
    assert PLAN.rate(sku_id, path) == rate


@pytest.mark.parametrize(
    ("day", "multiple_bp"),
    [
        (PLAIN, 10_000),
        (date(2026, 12, 11), 20_000),
        (date(2026, 12, 12), 20_000),
        (date(2026, 12, 13), 10_000),
    ],
)
def test_days_with_a_multiple(day: date, multiple_bp: int) -> None:
    assert PLAN.multiple_bp(day) == multiple_bp


def test_lines_are_added_before_rounding() -> None:
    rate = PLAN.line_rate(1, "/9/", PLAIN, 100)
    assert earned([(rate, 10_000)]) == 100
    assert earned([(rate, 99)]) == 0
    assert earned([(rate, 99), (rate, 1)]) == 1


def test_the_highest_rate_on_the_best_day_is_judged() -> None:
    assert PLAN.worth_bp(100) == 1_800, "18 points of 100 a yuan"
    assert Plan(1, 5_000, {}, {}, [DOUBLE]).worth_bp(100) == 10_000
    assert Plan(1, 1, {}, {}, []).worth_bp(1_000_000) == 1, "rounded up"


@given(
    st.integers(0, 10_000_000),
    st.integers(10_001, 100_000),
    st.integers(1, 1_000_000),
    st.integers(1, 10**10),
)
def test_points_are_never_worth_the_money_that_earned_them(
    rate: int, multiple_bp: int, per_yuan: int, fen: int
) -> None:
    day = Day("", PLAIN, PLAIN, multiple_bp)
    points = earned([(Plan(1, rate, {}, {}, [day]).line_rate(1, "/1/", PLAIN, per_yuan), fen)])
    assert points * 100 < per_yuan * fen
    assert points == min(rate * multiple_bp, per_yuan * 1_000_000 - 1) * fen // UNIT_FEN
