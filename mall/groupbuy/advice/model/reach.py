"""How many look at a team: by its leader's circle, and by its time.

The circle comes at `tied_share` of its people. Others come at `strangers` a team, and at
`friends` for each of the circle, whom the circle brings. Teams that look alike still differ:
their visits are multiplied by a gamma variable of mean 1 and shape `evenness`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mall.groupbuy.advice.model.history import PastTeam
from mall.groupbuy.advice.model.rates import PerExposure, per_exposure

ROUNDS = 60
EVENNESS = (0.3, 50.0)
"""Bounds of the shape: from very uneven to as even as chance allows."""
_TIED_PRIOR, _TIED_STRENGTH = 0.2, 5.0
_STRANGERS_PRIOR, _STRANGERS_STRENGTH = 2.0, 2.0
_FRIENDS_PRIOR, _FRIENDS_STRENGTH = 0.1, 5.0


@dataclass(frozen=True, slots=True)
class Reach:
    """Visits of the average past team's time, which is an exposure of 1."""

    tied_share: PerExposure
    strangers: PerExposure
    friends: PerExposure
    evenness: float

    def tied(self, circle: int) -> float:
        """Expected visitors of the circle."""
        return self.tied_share.value * circle

    def untied(self, circle: int) -> float:
        """Expected visitors from elsewhere."""
        return self.strangers.value + self.friends.value * circle


def fit_reach(teams: Sequence[PastTeam], exposures: Sequence[float]) -> Reach:
    """Fit to teams, each with its exposure.

    Which of the untied visitors the circle brought isn't seen: expectation and maximisation
    in turns split them into two Poisson streams.
    """
    exposed = sum(exposures)
    circles = sum(team.circle * met for team, met in zip(teams, exposures, strict=True))
    tied = per_exposure(
        sum(team.tied for team in teams), circles, prior=_TIED_PRIOR, strength=_TIED_STRENGTH
    )
    strangers, friends = PerExposure(1.0, exposed), PerExposure(_FRIENDS_PRIOR, circles)
    untied_by_circle: dict[int, int] = {}
    for team in teams:
        untied_by_circle[team.circle] = untied_by_circle.get(team.circle, 0) + team.untied
    untied = sum(untied_by_circle.values())
    for _ in range(ROUNDS):
        by_circle = sum(
            visits * _brought(circle, strangers.value, friends.value)
            for circle, visits in untied_by_circle.items()
        )
        strangers = per_exposure(
            untied - by_circle, exposed, prior=_STRANGERS_PRIOR, strength=_STRANGERS_STRENGTH
        )
        friends = per_exposure(by_circle, circles, prior=_FRIENDS_PRIOR, strength=_FRIENDS_STRENGTH)
    even = Reach(tied, strangers, friends, EVENNESS[1])
    return Reach(tied, strangers, friends, _evenness(even, teams, exposures))


def _brought(circle: int, strangers: float, friends: float) -> float:
    return friends * circle / (strangers + friends * circle)


def _evenness(even: Reach, teams: Sequence[PastTeam], exposures: Sequence[float]) -> float:
    """By moments: the variance of visits is mean + mean² / shape."""
    beyond = squares = 0.0
    for team, met in zip(teams, exposures, strict=True):
        mean = (even.tied(team.circle) + even.untied(team.circle)) * met
        beyond += (team.tied + team.untied - mean) ** 2 - mean
        squares += mean**2
    least, most = EVENNESS
    if beyond <= 0:
        return most
    return min(most, max(least, squares / beyond))
