"""What becomes of a team: how many members it ends with, and what the shop earns by it.

Visitors come one by one, each joins with a chance that depends on how full the team is. So the
members are a pure birth process, whose end is computed exactly by uniformization: visits that
might matter come at one constant rate, and each is, or isn't, a member more.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mall.groupbuy.advice.model.joining import Joining
from mall.groupbuy.advice.model.rates import gamma_points
from mall.groupbuy.advice.model.reach import Reach
from mall.groupbuy.advice.model.terms import Costs, Schedule

ENOUGH = 1e-6
"""What is left of a distribution when summing stops."""
POINTS = 5
"""Values that stand for how teams differ."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """The model, fitted: who comes and who joins. `units` is the mean of a member."""

    reach: Reach
    joining: Joining
    units: float

    def crowds(self, circle: int, exposure: float) -> list[tuple[float, float]]:
        """Equally likely (tied, untied) expected visits of a team with such a leader."""
        tied = self.reach.tied(circle) * exposure
        untied = self.reach.untied(circle) * exposure
        return [
            (tied * value, untied * value) for value in gamma_points(self.reach.evenness, POINTS)
        ]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one team. `chances[n]` is that of ending with n members, the leader counted.

    `formed` is the chance that the first tier is reached. Amounts are expected values, in fen;
    `units` are those of teams that are formed.
    """

    chances: tuple[float, ...]
    formed: float
    members: float
    units: float
    profit_fen: float


class Chances:
    """Chances to join, by terms; each is computed once."""

    def __init__(self, joining: Joining) -> None:
        self._joining = joining
        self._known: dict[tuple[int, int], tuple[float, float]] = {}

    def of(self, reduction_bp: int, missing: int) -> tuple[float, float]:
        """(of the circle, of others)."""
        key = reduction_bp, missing
        if key not in self._known:
            self._known[key] = (
                self._joining.chance(reduction_bp, missing, tied=True),
                self._joining.chance(reduction_bp, missing, tied=False),
            )
        return self._known[key]


def outcome(
    schedule: Schedule,
    crowds: Sequence[tuple[float, float]],
    chances: Chances,
    costs: Costs,
    units: float,
) -> Outcome:
    """Of a team with this schedule, over equally likely crowds (tied, untied) of visitors."""
    steps = [
        chances.of(schedule.reduction_at(members + 1), max(0, schedule.min_size - members))
        for members in range(1, schedule.max_size)
    ]
    total = [0.0] * (schedule.max_size + 1)
    for tied, untied in crowds:
        rates = [tied * of_circle + untied * of_others for of_circle, of_others in steps]
        for place, chance in enumerate(births(rates)):
            total[place + 1] += chance / len(crowds)
    return _valued(schedule, total, costs, units)


def _valued(schedule: Schedule, total: list[float], costs: Costs, units: float) -> Outcome:
    formed = sold = profit = 0.0
    a_unit = {step: costs.unit_profit(step) for step in schedule.reductions_bp}
    for members in range(schedule.min_size, schedule.max_size + 1):
        formed += total[members]
        sold += total[members] * members * units
        earned = members * units * a_unit[schedule.reduction_at(members)]
        profit += total[members] * earned
    profit -= (1 - formed) * costs.failed_team_fen
    mean = sum(members * chance for members, chance in enumerate(total))
    return Outcome(tuple(total), formed, mean, sold, profit)


def births(rates: Sequence[float]) -> list[float]:
    """Chances of 0, 1, … births in a unit of time; `rates[n]` is the rate after n births, and
    after the last nothing is born."""
    fastest = max(rates, default=0.0)
    now = [1.0] + [0.0] * len(rates)
    if fastest <= 0:
        return now
    parts = [rate / fastest for rate in rates]
    weight = math.exp(-fastest)
    ends = [weight * chance for chance in now]
    left, jumps = 1.0 - weight, 0
    while left > ENOUGH and jumps < fastest + 400:
        jumps += 1
        before = 0.0
        reached = min(jumps, len(parts))
        for place in range(reached):
            leaving = now[place] * parts[place]
            now[place] += before - leaving
            before = leaving
        now[reached] += before
        weight *= fastest / jumps
        left -= weight
        for place in range(reached + 1):
            ends[place] += weight * now[place]
    return [chance + left * last for chance, last in zip(ends, now, strict=True)]
