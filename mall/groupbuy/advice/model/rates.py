"""Rates that are shrunk towards a prior, and their 95 % intervals.

A rate of few observations is drawn towards what is assumed beforehand; with many, the
observations rule. The priors are gamma and normal: a pseudo-count is added.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

Z95 = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True)
class Rate:
    """An estimate with the ends of its 95 % interval."""

    value: float
    low: float
    high: float


def share(successes: float, trials: float) -> Rate:
    """A share of trials: Wilson's interval. Nothing seen is anything between 0 and 1."""
    if trials <= 0:
        return Rate(0.0, 0.0, 1.0)
    share_ = successes / trials
    spread = Z95**2 / trials
    middle = (share_ + spread / 2) / (1 + spread)
    half = Z95 * math.sqrt(share_ * (1 - share_) / trials + spread / (4 * trials)) / (1 + spread)
    return Rate(share_, max(0.0, middle - half), min(1.0, middle + half))


def per_exposure(count: float, exposure: float, *, prior: float, strength: float) -> Rate:
    """A rate of events: the mean of its gamma posterior.

    The prior says `prior` and weighs as much as `strength` of exposure.
    """
    shape, scale = count + prior * strength, exposure + strength
    value = shape / scale
    half = Z95 * math.sqrt(shape) / scale
    return Rate(value, max(0.0, value - half), value + half)


def gamma_points(shape: float, points: int) -> list[float]:
    """Equally likely values of a gamma variable of mean 1, by Wilson and Hilferty's rule.

    How much teams differ that look alike: the smaller the shape, the more.
    """
    normal = NormalDist()
    spread = 1 / (9 * shape)
    raw = [
        max(0.0, 1 - spread + normal.inv_cdf((place + 0.5) / points) * math.sqrt(spread)) ** 3
        for place in range(points)
    ]
    mean = sum(raw) / points
    return [value / mean for value in raw]
