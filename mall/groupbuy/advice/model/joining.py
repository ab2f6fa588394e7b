"""Whether a visitor joins: a logistic curve of price, missing seats, and being of the circle.

    logit p = base + price * (reduction / 10 %) + missing * (missing seats) + tied * (0 or 1)

The coefficients have a normal prior; what is few is drawn towards it (ridge regression).
Newton's method finds the maximum; four coefficients need no library.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mall.groupbuy.advice.model.history import MAX_MISSING, VisitCell
from mall.groupbuy.advice.model.rates import Z95, Rate

Vector = list[float]
Matrix = list[list[float]]
PRIOR = (-2.0, 0.3, -0.1, 0.5)
"""About one visitor of eight; a price 10 % lower adds a third to the odds; each missing seat
takes a tenth of them; of the circle they are half as high again."""
PRIOR_SD = (2.0, 0.5, 0.2, 1.0)
ROUNDS = 30


@dataclass(frozen=True, slots=True)
class Joining:
    """The fitted curve. `covariance` is that of the coefficients."""

    base: float
    price: float
    missing: float
    tied: float
    covariance: Matrix

    def chance(self, reduction_bp: float, missing: int, *, tied: bool) -> float:
        """Of a visitor who meets these terms."""
        score = self.base + self.price * reduction_bp / 1_000
        score += self.missing * min(missing, MAX_MISSING) + self.tied * tied
        return logistic(score)

    def effect(self, place: int) -> Rate:
        """A coefficient (0 base, 1 price, 2 missing, 3 tied) with its interval."""
        value = (self.base, self.price, self.missing, self.tied)[place]
        half = Z95 * math.sqrt(self.covariance[place][place])
        return Rate(value, value - half, value + half)


def logistic(score: float) -> float:
    """Score to chance, without overflow."""
    if score >= 0:
        return 1 / (1 + math.exp(-score))
    raised = math.exp(score)
    return raised / (1 + raised)


def fit_joining(cells: Sequence[VisitCell]) -> Joining:
    """Fit to visits.

    A price that would deter when lower is taken as one that doesn't matter: it is chance, or
    that poor goods were reduced most.
    """
    found, hessian = _maximum(cells, free=(True, True, True, True))
    if found[1] < 0:
        found, hessian = _maximum(cells, free=(True, False, True, True))
    base, price, missing, tied = found
    return Joining(base, price, missing, tied, inverse(hessian))


def _maximum(cells: Sequence[VisitCell], free: Sequence[bool]) -> tuple[Vector, Matrix]:
    """The coefficients, and minus the second derivative there. Fixed ones are 0."""
    weights = [1 / sd**2 for sd in PRIOR_SD]
    found = [start if is_free else 0.0 for start, is_free in zip(PRIOR, free, strict=True)]
    rows = [
        ((1.0, cell.reduction_bp / 1_000, min(cell.missing, MAX_MISSING), float(cell.tied)), cell)
        for cell in cells
    ]
    size = range(len(PRIOR))
    for _ in range(ROUNDS):
        slope = [weights[i] * (PRIOR[i] - found[i]) for i in size]
        hessian = [[weights[i] if i == j else 0.0 for j in size] for i in size]
        for terms, cell in rows:
            chance = logistic(sum(a * b for a, b in zip(found, terms, strict=True)))
            spread = cell.visits * chance * (1 - chance)
            for i in size:
                slope[i] += (cell.joins - cell.visits * chance) * terms[i]
                for j in size:
                    hessian[i][j] += spread * terms[i] * terms[j]
        for i in size:
            if not free[i]:
                slope[i] = 0.0
                for j in size:
                    hessian[i][j] = hessian[j][i] = 0.0
                hessian[i][i] = weights[i]
        step = [sum(a * b for a, b in zip(row, slope, strict=True)) for row in inverse(hessian)]
        longest = max(abs(part) for part in step)
        shorter = min(1.0, 2.0 / longest) if longest else 1.0
        found = [value + part * shorter for value, part in zip(found, step, strict=True)]
        if longest < 1e-9:
            break
    return found, hessian


def inverse(matrix: Matrix) -> Matrix:
    """Of a symmetric positive matrix, by elimination."""
    size = len(matrix)
    rows = [[*row, *(float(i == j) for j in range(size))] for i, row in enumerate(matrix)]
    for place in range(size):
        pivot = rows[place][place]
        rows[place] = [value / pivot for value in rows[place]]
        for other in range(size):
            if other != place:
                factor = rows[other][place]
                rows[other] = [
                    a - factor * b for a, b in zip(rows[other], rows[place], strict=True)
                ]
    return [row[size:] for row in rows]
