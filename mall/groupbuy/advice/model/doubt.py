"""How sure an expected profit is: valued again with coefficients drawn from what the past leaves
open."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

from mall.groupbuy.advice.model.joining import Joining, Matrix
from mall.groupbuy.advice.model.outcomes import Fitted
from mall.groupbuy.advice.model.rates import Z95, Rate
from mall.groupbuy.advice.model.reach import Reach

DRAWS = 40


def profit_interval(
    fitted: Fitted, profit: Callable[[Fitted], float], *, draws: int = DRAWS
) -> tuple[float, float]:
    """The middle 95 % of `profit` over models that the same past might have come from."""
    rng = Random(draws)  # noqa: S311 - the same advice for the same past
    found = sorted(profit(drawn(fitted, rng)) for _ in range(draws))
    cut = int(draws * 0.025)
    return found[cut], found[-cut - 1]


def drawn(fitted: Fitted, rng: Random) -> Fitted:
    """The model with other coefficients that the past allows."""
    reach, joining = fitted.reach, fitted.joining
    lower = cholesky(joining.covariance)
    noise = [rng.gauss(0, 1) for _ in lower]
    moved = [
        value + sum(part * one for part, one in zip(row, noise, strict=True))
        for value, row in zip(
            (joining.base, joining.price, joining.missing, joining.tied), lower, strict=True
        )
    ]
    return Fitted(
        Reach(
            _drawn(reach.tied_share, rng),
            _drawn(reach.strangers, rng),
            _drawn(reach.friends, rng),
            reach.evenness,
        ),
        Joining(moved[0], max(0.0, moved[1]), moved[2], moved[3], joining.covariance),
        fitted.units,
    )


def _drawn(rate: Rate, rng: Random) -> Rate:
    spread = (rate.high - rate.value) / Z95
    if rate.value <= 0 or spread <= 0:
        return rate
    shape = (rate.value / spread) ** 2
    return Rate(rng.gammavariate(shape, rate.value / shape), rate.low, rate.high)


def cholesky(matrix: Matrix) -> Matrix:
    """The lower triangle whose square is a symmetric positive matrix."""
    size = len(matrix)
    lower = [[0.0] * size for _ in range(size)]
    for row in range(size):
        for place in range(row + 1):
            rest = matrix[row][place] - sum(
                lower[row][before] * lower[place][before] for before in range(place)
            )
            if row == place:
                lower[row][row] = math.sqrt(max(rest, 1e-12))
            else:
                lower[row][place] = rest / lower[place][place]
    return lower
