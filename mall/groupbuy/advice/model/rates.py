"""Rates that are shrunk towards a prior, and their 95 % intervals.

A rate of few observations is drawn towards what is assumed beforehand; with many, the
observations rule. The priors are gamma and normal: a pseudo-count is added.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Rate:
    """An estimate with the ends of its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class PerExposure:
    """A rate of events, as the mean of its gamma posterior. `exposure` is what that rests on, the
    prior counted."""

    value: float
    exposure: float

    @property
    def rate(self) -> Rate:
        """With its interval."""
        low, high = scipy.stats.gamma.interval(
            LEVEL, self.value * self.exposure, scale=1 / self.exposure
        )
        return Rate(self.value, float(low), float(high))

    def drawn(self, rng: np.random.Generator) -> PerExposure:
        """Another rate that the same observations allow."""
        return PerExposure(rng.gamma(self.value * self.exposure, 1 / self.exposure), self.exposure)


def share(successes: int, trials: int) -> Rate:
    """A share of trials: Wilson's interval. Nothing seen is anything between 0 and 1."""
    if trials <= 0:
        return Rate(0.0, 0.0, 1.0)
    found = scipy.stats.binomtest(successes, trials)
    low, high = found.proportion_ci(LEVEL, method="wilson")
    return Rate(successes / trials, float(low), float(high))


def per_exposure(count: float, exposure: float, *, prior: float, strength: float) -> PerExposure:
    """The rate of so many events. The prior says `prior` and weighs as much as `strength` of
    exposure."""
    exposed = exposure + strength
    return PerExposure((count + prior * strength) / exposed, exposed)


def gamma_points(shape: float, points: int) -> list[float]:
    """Equally likely values of a gamma variable of mean 1: the mean of each of `points` equal
    parts of it.

    How much teams differ that look alike: the smaller the shape, the more.
    """
    edges = scipy.special.gammaincinv(shape, np.linspace(0, 1, points + 1))
    below = scipy.special.gammainc(shape + 1, edges)
    return [float(part) * points for part in np.diff(below)]
