"""The back-test: fitted to a first part of the leaders, played on the others.

Each leader of the second part opens the same team twice, with the same visitors: once with the
middle set, as without advice, once with the set that the advice picks by the circle.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from mall.groupbuy.advice.backtest.shoppers import Leader, Played, World, leaders, play
from mall.groupbuy.advice.model.fitting import Needed, learn, missing
from mall.groupbuy.advice.model.history import MAX_MISSING, History, VisitCell
from mall.groupbuy.advice.model.picking import SetStart, by_size, pick_starts, set_for
from mall.groupbuy.advice.model.terms import Costs, Good, Schedule

SETS = {
    1: Schedule((2, 3), (600, 1_000)),
    2: Schedule((3, 6), (1_000, 1_400)),
    3: Schedule((5, 10, 20), (1_400, 2_000, 2_600)),
}
"""What staff of the simulated shop approved: a small, a middle and a large set."""
COSTS = Costs((Good(1, 10_000, 5_500),), fee_bp=60, failed_team_fen=200)
LIFE_H = 24
RESAMPLES = 2_000


@dataclass(frozen=True, slots=True)
class Backtest:
    """Profit of a leader's team in fen: with the middle set, with the picked ones, and the
    difference with its 95 % interval.

    `best_fixed_fen` is that of the one set which would have been the best for everybody: known
    only afterwards. `missing` isn't empty when the past was too short, and the middle set stayed.
    """

    seed: int
    leaders: int
    middle_fen: float
    picked_fen: float
    best_fixed_fen: float
    gain_fen: float
    low_fen: float
    high_fen: float
    starts: tuple[SetStart, ...]
    missing: tuple[Needed, ...]


def backtest(
    seed: int,
    *,
    world: World | None = None,
    past: int = 600,
    future: int = 600,
    sets: Mapping[int, Schedule] = SETS,
    costs: Costs = COSTS,
    resamples: int = RESAMPLES,
) -> Backtest:
    """Play `past` leaders to learn from, each with a set by lot, and `future` to compare on."""
    world = world or World()
    rng = Random(seed)  # noqa: S311 - a simulation
    order = by_size(sets)
    seen = [play(world, one, sets[rng.choice(order)], LIFE_H) for one in leaders(world, past, rng)]
    history = history_of(seen)
    too_few = missing(history)
    starts = [] if too_few else _starts(history, sets, costs)
    middle = order[len(order) // 2]
    fixed: dict[int, list[float]] = {set_id: [] for set_id in order}
    picked = []
    for leader in leaders(world, future, rng):
        for set_id in order:
            fixed[set_id].append(_profit(world, leader, sets[set_id], costs))
        taken = set_for(starts, leader.seen_circle).set_id if starts else middle
        picked.append(fixed[taken][-1])
    gains = [b - a for a, b in zip(fixed[middle], picked, strict=True)]
    low, high = interval(gains, rng, resamples)
    return Backtest(
        seed=seed,
        leaders=future,
        middle_fen=_mean(fixed[middle]),
        picked_fen=_mean(picked),
        best_fixed_fen=max(map(_mean, fixed.values())),
        gain_fen=_mean(gains),
        low_fen=low,
        high_fen=high,
        starts=tuple(starts),
        missing=tuple(too_few),
    )


def _starts(history: History, sets: Mapping[int, Schedule], costs: Costs) -> list[SetStart]:
    learned = learn(history)
    return pick_starts(learned.fitted, learned.arrivals.usual_exposure(LIFE_H), sets, costs)


def _profit(world: World, leader: Leader, schedule: Schedule, costs: Costs) -> float:
    members = play(world, leader, schedule, LIFE_H).team.members
    if members < schedule.min_size:
        return -costs.failed_team_fen
    return members * costs.unit_profit(schedule.reduction_at(members))


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
    """The 95 % interval of a mean: the middle of the means of samples drawn with replacement."""
    means = sorted(_mean(rng.choices(values, k=len(values))) for _ in range(resamples))
    cut = int(resamples * 0.025)
    return means[cut], means[-cut - 1]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
