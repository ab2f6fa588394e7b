"""Simulated shoppers: leaders with circles, visitors who come by the clock and mind the price.

Their response is made otherwise than the model's curve on purpose: chances are linear in the
price, a waiting seat multiplies them, visits fade exponentially, and a part of each circle is
unknown to the shop.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

from mall.groupbuy.advice.model.history import HOURS, MAX_LIFE_H, PastTeam
from mall.groupbuy.advice.model.terms import Schedule

DAY = (
    *(0.25, 0.15, 0.1, 0.1, 0.1, 0.2, 0.5, 0.8, 0.9, 1.0, 1.0, 1.1),
    *(1.3, 1.1, 0.9, 0.9, 0.9, 1.0, 1.2, 1.5, 1.8, 1.9, 1.5, 0.8),
)
"""How lively each hour of the day is; about 1 in the mean."""
_BUSIEST = max(DAY)


@dataclass(frozen=True, slots=True)
class World:
    """A known response. Chances are of one visitor; `price` is added to the chance for a price
    lower by all of itself, so 0.6 adds 0.06 for each 10 %. `pull_log_sd` is how much leaders of
    like circles differ."""

    circle_log_mean: float = 1.7
    circle_log_sd: float = 1.0
    seen_part: float = 0.8
    pull_log_sd: float = 0.4
    circle_comes: float = 0.45
    strangers: float = 2.0
    friends: float = 0.2
    fade_h: float = 9.0
    base: float = 0.05
    price: float = 1.0
    waiting: float = 0.95
    tied: float = 1.6


NULL = World(
    circle_comes=0.0, friends=0.0, strangers=6.0, base=0.25, price=0.0, tied=1.0, pull_log_sd=0.0
)
"""A world in which neither the price nor the circle moves anybody."""


@dataclass(frozen=True, slots=True)
class Leader:
    """`circle` is all of it, `seen_circle` what the shop knows. Visits are multiplied by `pull`.
    `seed` makes the same people come whatever they are offered."""

    circle: int
    seen_circle: int
    opened_hour: int
    pull: float
    seed: int


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit to a team and the terms that it met."""

    age_h: float
    hour: int
    reduction_bp: int
    missing: int
    tied: bool
    joined: bool


@dataclass(frozen=True, slots=True)
class Played:
    """A team that is over, with its visits."""

    team: PastTeam
    visits: tuple[Visit, ...]


def leaders(world: World, count: int, rng: Random) -> list[Leader]:
    """So many leaders who open a team each, when the shop is lively."""
    found = []
    for _ in range(count):
        circle = min(150, int(rng.lognormvariate(world.circle_log_mean, world.circle_log_sd)))
        seen = sum(rng.random() < world.seen_part for _ in range(circle))
        hour = rng.choices(range(HOURS), weights=DAY)[0]
        pull = rng.lognormvariate(0, world.pull_log_sd)
        found.append(Leader(circle, seen, hour, pull, rng.getrandbits(32)))
    return found


def play(world: World, leader: Leader, schedule: Schedule, life_h: int) -> Played:
    """Open a leader's team with this schedule."""
    rng = Random(leader.seed)  # noqa: S311 - a simulation
    members, visits = 1, []
    for age_h, is_tied, whim in _visitors(world, leader, rng):
        if age_h >= life_h or members == schedule.max_size:
            break
        reduction = schedule.reduction_at(members + 1)
        missing = max(0, schedule.min_size - members)
        joined = whim < _chance(world, reduction, missing, is_tied=is_tied)
        hour = (leader.opened_hour + int(age_h)) % HOURS
        visits.append(Visit(age_h, hour, reduction, missing, is_tied, joined))
        members += joined
    tied = sum(visit.tied for visit in visits)
    life = min(life_h, MAX_LIFE_H)
    if members == schedule.max_size:
        life = max(1, math.ceil(visits[-1].age_h))
    team = PastTeam(leader.seen_circle, leader.opened_hour, life, tied, len(visits) - tied, members)
    return Played(team, tuple(visits))


def _chance(world: World, reduction_bp: int, missing: int, *, is_tied: bool) -> float:
    chance = (world.base + world.price * reduction_bp / 10_000) * world.waiting**missing
    return min(0.95, chance * (world.tied if is_tied else 1.0))


def _visitors(world: World, leader: Leader, rng: Random) -> list[tuple[float, bool, float]]:
    """(age in hours, of the circle as far as the shop knows, whim between 0 and 1) by age."""
    come = []
    comes = min(0.9, world.circle_comes * leader.pull)
    for person in range(leader.circle):
        if rng.random() < comes:
            come.append((_age(world, leader, rng), person < leader.seen_circle, rng.random()))
    others = (world.strangers + world.friends * leader.circle) * leader.pull
    for _ in range(_poisson(others, rng)):
        come.append((_age(world, leader, rng), False, rng.random()))
    return sorted(come)


def _age(world: World, leader: Leader, rng: Random) -> float:
    """When a visitor comes: soon after the opening, and in lively hours rather."""
    while True:
        age_h = rng.expovariate(1 / world.fade_h)
        lively = DAY[(leader.opened_hour + int(age_h)) % HOURS]
        if rng.random() < lively / _BUSIEST:
            return age_h


def _poisson(mean: float, rng: Random) -> int:
    count, passed = 0, rng.expovariate(1.0)
    while passed < mean:
        count += 1
        passed += rng.expovariate(1.0)
    return count
