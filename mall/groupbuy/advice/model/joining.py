"""Whether a visitor joins: a logistic curve of price, missing seats, and being of the circle.

    logit p = base + price * (reduction / 10 %) + missing * (missing seats) + tied * (0 or 1)

The coefficients have a normal prior; what is few is drawn towards it (ridge regression).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy

from mall.groupbuy.advice.model.history import MAX_MISSING, VisitCell
from mall.groupbuy.advice.model.rates import LEVEL, Rate

Numbers = npt.NDArray[np.floating]
PRIOR = (-2.0, 0.3, -0.1, 0.5)
"""About one visitor of eight; a price 10 % lower adds a third to the odds; each missing seat
takes a tenth of them; of the circle they are half as high again."""
PRIOR_SD = (2.0, 0.5, 0.2, 1.0)
_NEVER_DETERS = ((None, None), (0.0, None), (None, None), (None, None))


@dataclass(frozen=True, slots=True, eq=False)
class Joining:
    """The fitted curve. `covariance` is that of the coefficients, in their order."""

    base: float
    price: float
    missing: float
    tied: float
    covariance: Numbers

    def chance(self, reduction_bp: float, missing: int, *, tied: bool) -> float:
        """Of a visitor who meets these terms."""
        score = self.base + self.price * reduction_bp / 1_000
        score += self.missing * min(missing, MAX_MISSING) + self.tied * tied
        return float(scipy.special.expit(score))

    @property
    def coefficients(self) -> tuple[float, float, float, float]:
        """Base, price, missing, tied."""
        return self.base, self.price, self.missing, self.tied

    def effect(self, place: int) -> Rate:
        """A coefficient (0 base, 1 price, 2 missing, 3 tied) with its interval."""
        value, spread = self.coefficients[place], np.sqrt(self.covariance[place, place])
        low, high = scipy.stats.norm.interval(LEVEL, value, spread)
        return Rate(value, float(low), float(high))


def fit_joining(cells: Sequence[VisitCell]) -> Joining:
    """Fit to visits.

    A price that would deter when lower is taken as one that doesn't matter: it is chance, or
    that poor goods were reduced most.
    """
    terms, visits, joins = _table(cells)
    prior, weights = np.array(PRIOR), 1 / np.square(PRIOR_SD)

    def against(found: Numbers) -> tuple[float, Numbers]:
        """Minus the logarithm of the posterior, and its slope."""
        scores, off = terms @ found, found - prior
        seen = np.sum(visits * np.logaddexp(0, scores) - joins * scores)
        slope = terms.T @ (visits * scipy.special.expit(scores) - joins) + weights * off
        return float(seen + weights @ off**2 / 2), slope

    found = scipy.optimize.minimize(
        against,
        prior,
        jac=True,
        method="L-BFGS-B",
        bounds=_NEVER_DETERS,
        options={"ftol": 1e-12, "gtol": 1e-8},
    ).x
    chances = scipy.special.expit(terms @ found)
    curved = terms.T * (visits * chances * (1 - chances)) @ terms + np.diag(weights)
    base, price, missing, tied = map(float, found)
    return Joining(base, price, missing, tied, np.linalg.inv(curved))


def _table(cells: Sequence[VisitCell]) -> tuple[Numbers, Numbers, Numbers]:
    """(what each coefficient is multiplied by, visits, joins), a row for each cell."""
    terms = [
        (1.0, cell.reduction_bp / 1_000, min(cell.missing, MAX_MISSING), cell.tied)
        for cell in cells
    ]
    return (
        np.array(terms, dtype=float).reshape(-1, len(PRIOR)),
        np.array([cell.visits for cell in cells], dtype=float),
        np.array([cell.joins for cell in cells], dtype=float),
    )
