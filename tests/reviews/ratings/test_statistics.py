"""The figures of ratings, against scipy-free references."""

from __future__ import annotations

import pytest

from mall.reviews.ratings.statistics import damped_tenths, wilson


@pytest.mark.parametrize(
    ("stars", "prior", "weight", "expected"),
    [
        ([], 45, 5, None),
        ([5], 45, 0, 50),
        ([5], 45, 5, 46),
        ([1], 45, 5, 39),
        ([1] * 1000, 45, 5, 10),
        ([5] * 1000, 45, 5, 50),
        ([4, 5], 45, 0, 45),
        ([1, 2], 45, 0, 15),
    ],
)
def test_the_damped_average(
    stars: list[int], prior: int, weight: int, expected: int | None
) -> None:
    assert damped_tenths(sum(stars), len(stars), prior, weight) == expected


@pytest.mark.parametrize(
    ("helpful", "unhelpful", "expected"),
    [
        (0, 0, 0.0),
        # statsmodels.stats.proportion.proportion_confint(count, nobs, method="wilson")[0]
        (1, 0, 0.206549),
        (0, 1, 0.0),
        (8, 2, 0.490162),
        (80, 20, 0.711170),
        (50, 50, 0.403832),
    ],
)
def test_wilsons_lower_bound(helpful: int, unhelpful: int, expected: float) -> None:
    assert wilson(helpful, unhelpful) == pytest.approx(expected, abs=1e-5)


def test_more_votes_of_the_same_share_stand_higher() -> None:
    bounds = [wilson(9 * n, n) for n in (1, 10, 100, 1000)]
    assert bounds == sorted(bounds)
    assert all(0 <= wilson(a, b) <= 1 for a in range(20) for b in range(20))
