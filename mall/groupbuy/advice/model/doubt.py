"""How sure an expected profit is: valued again with coefficients drawn from what the past leaves
open."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mall.groupbuy.advice.model.joining import Joining
from mall.groupbuy.advice.model.outcomes import Fitted
from mall.groupbuy.advice.model.rates import LEVEL
from mall.groupbuy.advice.model.reach import Reach

DRAWS = 40
_ENDS = ((1 - LEVEL) / 2, (1 + LEVEL) / 2)


def profit_interval(
    fitted: Fitted, profit: Callable[[Fitted], float], *, draws: int = DRAWS
) -> tuple[float, float]:
    """The middle 95 % of `profit` over models that the same past might have come from."""
    rng = np.random.default_rng(draws)  # the same advice for the same past
    low, high = np.quantile([profit(drawn(fitted, rng)) for _ in range(draws)], _ENDS)
    return float(low), float(high)


def drawn(fitted: Fitted, rng: np.random.Generator) -> Fitted:
    """The model with other coefficients that the past allows."""
    reach, joining = fitted.reach, fitted.joining
    base, price, missing, tied = map(
        float, rng.multivariate_normal(joining.coefficients, joining.covariance)
    )
    return Fitted(
        Reach(
            reach.tied_share.drawn(rng),
            reach.strangers.drawn(rng),
            reach.friends.drawn(rng),
            reach.evenness,
        ),
        Joining(base, max(0.0, price), missing, tied, joining.covariance),
        fitted.units,
    )
