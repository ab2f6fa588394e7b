"""The back-test: fitted to a first part of the leaders, played on the others.

Each leader of the second part opens the same team thrice, with the same visitors: once with the
middle set, as without advice, once with the set that the advice picks by the circle, and once
with the tiers that it proposes for everybody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
import scipy

from mall.groupbuy.advice.backtest.shoppers import Leader, Played, World, leaders, play
from mall.groupbuy.advice.model.fitting import Needed, learn, missing
from mall.groupbuy.advice.model.history import MAX_MISSING, History, VisitCell
from mall.groupbuy.advice.model.picking import SetStart, by_size, pick_starts, set_for
from mall.groupbuy.advice.model.proposing import Bounds, Market, Proposal, circles_of, propose
from mall.groupbuy.advice.model.rates import LEVEL
from mall.groupbuy.advice.model.terms import Costs, Good, Schedule

SETS = {
    1: Schedule((2, 3), (600, 1_000)),
    2: Schedule((3, 6), (1_000, 1_400)),
    3: Schedule((5, 10, 20), (1_400, 2_000, 2_600)),
}
"""What staff of the simulated shop approved: a small, a middle and a large set."""
COSTS = Costs((Good(1, 10_000, 5_500),), fee_bp=60, failed_team_fen=200)
LIFE_H = 24
BOUNDS = Bounds(floor_margin_bp=2_000, lives_h=(LIFE_H,))
UNLIMITED = 10**9
RESAMPLES = 2_000


@dataclass(frozen=True, slots=True)
class Compared:
    """Profit of a leader's team in fen, in the mean, and by how much that is more than with the
    middle set: with the ends of the 95 % interval of the difference."""

    profit_fen: float
    gain_fen: float
    low_fen: float
    high_fen: float


@dataclass(frozen=True, slots=True)
class Backtest:
    """What came of a back-test; profits are of a leader's team, in fen.

    `picked`: each leader has the set that goes by the circle. `proposed`: all have the schedule
    that the advice proposes, of which the model expected `expected_fen`. `best_fixed_fen` is
    that of the one set which would have been the best for everybody: known only afterwards.
    `missing` isn't empty when the past was too short, and the middle set stayed.
    """

    seed: int
    middle_fen: float
    best_fixed_fen: float
    picked: Compared
    proposed: Compared
    schedule: Schedule
    expected_fen: float | None
    starts: tuple[SetStart, ...]
    missing: tuple[Needed, ...]


@dataclass(frozen=True, slots=True)
class _Advised:
    starts: tuple[SetStart, ...] = ()
    proposal: Proposal | None = None
    missing: tuple[Needed, ...] = ()


def backtest(
    seed: int,
    *,
    world: World | None = None,
    past: int = 600,
    future: int = 600,
    resamples: int = RESAMPLES,
) -> Backtest:
    """Play `past` leaders to learn from, each with a set by lot, and `future` to compare on."""
    world = world or World()
    rng = Random(seed)  # noqa: S311 - a simulation
    order = by_size(SETS)
    seen = [play(world, one, SETS[rng.choice(order)], LIFE_H) for one in leaders(world, past, rng)]
    advised = _advised(history_of(seen))
    middle = order[len(order) // 2]
    schedule = advised.proposal.schedule if advised.proposal else SETS[middle]
    fixed: dict[int, list[float]] = {set_id: [] for set_id in order}
    picked, proposed = [], []
    for leader in leaders(world, future, rng):
        for set_id in order:
            fixed[set_id].append(_profit(world, leader, SETS[set_id]))
        starts = list(advised.starts)
        taken = set_for(starts, leader.seen_circle).set_id if starts else middle
        picked.append(fixed[taken][-1])
        proposed.append(_profit(world, leader, schedule))
    return Backtest(
        seed=seed,
        middle_fen=_mean(fixed[middle]),
        best_fixed_fen=max(map(_mean, fixed.values())),
        picked=_compared(picked, fixed[middle], rng, resamples),
        proposed=_compared(proposed, fixed[middle], rng, resamples),
        schedule=schedule,
        expected_fen=advised.proposal.team.profit_fen if advised.proposal else None,
        starts=advised.starts,
        missing=advised.missing,
    )


def _advised(history: History) -> _Advised:
    """What the advice says after this past; nothing after too short a one."""
    too_few = missing(history)
    if too_few:
        return _Advised(missing=tuple(too_few))
    learned = learn(history)
    exposure = learned.arrivals.usual_exposure(LIFE_H)
    starts = pick_starts(learned.fitted, exposure, SETS, COSTS)
    market = Market(circles_of(history), teams=1.0, stock=UNLIMITED)
    found = propose(learned, COSTS, market, BOUNDS)
    return _Advised(tuple(starts), found[0] if found else None)


def _compared(
    profits: Sequence[float], middle: Sequence[float], rng: Random, resamples: int
) -> Compared:
    gains = [b - a for a, b in zip(middle, profits, strict=True)]
    return Compared(_mean(profits), _mean(gains), *interval(gains, rng, resamples))


def _profit(world: World, leader: Leader, schedule: Schedule) -> float:
    members = play(world, leader, schedule, LIFE_H).team.members
    if members < schedule.min_size:
        return -COSTS.failed_team_fen
    return members * COSTS.unit_profit(schedule.reduction_at(members))


def history_of(played: Sequence[Played]) -> History:
    """What a shop would know of these teams, of a unit a member."""
    visits: Counter[tuple[int, int, bool]] = Counter()
    joins: Counter[tuple[int, int, bool]] = Counter()
    arrivals: Counter[tuple[int, int]] = Counter()
    for one in played:
        for visit in one.visits:
            key = visit.reduction_bp, min(visit.missing, MAX_MISSING), visit.tied
            visits[key] += 1
            joins[key] += visit.joined
            arrivals[int(visit.age_h), visit.hour] += 1
    members = sum(one.team.members for one in played)
    return History(
        teams=[one.team for one in played],
        cells=[VisitCell(*key, visits=count, joins=joins[key]) for key, count in visits.items()],
        arrivals=arrivals,
        leaders=len(played),
        members=members,
        units=members,
        days=90.0,
    )


def interval(values: Sequence[float], rng: Random, resamples: int) -> tuple[float, float]:
    """The 95 % interval of a mean, by a bootstrap."""
    found = scipy.stats.bootstrap(
        (values,),
        np.mean,
        n_resamples=resamples,
        confidence_level=LEVEL,
        method="percentile",
        rng=rng.getrandbits(32),
    ).confidence_interval
    return float(found.low), float(found.high)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
