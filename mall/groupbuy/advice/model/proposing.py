"""Which tiers are worth most: candidates on a grid, each valued by the model.

A team is only worth what the stock lets it be: with fewer units than the expected teams would
buy, it is the profit of a unit that counts. The margin at every tier is at least the floor.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mall.groupbuy.advice.model.fitting import Learned
from mall.groupbuy.advice.model.history import History
from mall.groupbuy.advice.model.outcomes import Chances, Fitted, Outcome, outcome
from mall.groupbuy.advice.model.terms import Costs, Schedule

LIVES_H = (6, 12, 24, 48, 72)
"""How long a team may stay open, in hours."""
GIVE_UP = 0.02
"""The shortest time is proposed that gives up at most this part of the best profit."""
SIZE_CHOICES = 5
PRICE_STEPS = 6
SCREENED = 30
"""So many of the best by a quick look are valued in full."""
BEYOND_BP = 500
"""Nothing is proposed further than this beyond the reductions that were seen."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What staff allow. `lives_h` are the hours that a team may stay open."""

    min_size: int = 2
    max_size: int = 20
    most_tiers: int = 3
    least_bp: int = 100
    most_bp: int = 5_000
    floor_margin_bp: int = 0
    lives_h: Sequence[int] = LIVES_H


@dataclass(frozen=True, slots=True)
class Market:
    """Whom the tiers are for: circles of leaders, each with its share of the teams; how many
    teams are expected in all, and how many units there are to sell."""

    circles: Sequence[tuple[int, float]]
    teams: float
    stock: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """A schedule, how long its teams stay open, and what one team and all of them bring."""

    schedule: Schedule
    life_h: int
    team: Outcome
    teams: float
    total_profit_fen: float


class Valuing:
    """What schedules are worth by one model, in one market."""

    def __init__(self, fitted: Fitted, costs: Costs, market: Market) -> None:
        self._fitted, self._costs, self._market = fitted, costs, market
        self._chances = Chances(fitted.joining)

    def team(self, schedule: Schedule, exposure: float, circles: int) -> Outcome:
        """Of a team of any leader: the mean over `circles` kinds of them."""
        return blend(
            [
                (part, self._of(schedule, self._fitted.crowds(circle, exposure)))
                for circle, part in coarser(self._market.circles, circles)
            ]
        )

    def total(self, team: Outcome) -> tuple[float, float]:
        """(teams that the stock allows, profit of all of them in fen)."""
        teams = self._market.teams
        if team.units > 0:
            teams = min(teams, self._market.stock / team.units)
        return teams, teams * team.profit_fen

    def _of(self, schedule: Schedule, crowds: Sequence[tuple[float, float]]) -> Outcome:
        return outcome(schedule, crowds, self._chances, self._costs, self._fitted.units)


def propose(
    learned: Learned, costs: Costs, market: Market, bounds: Bounds, *, most: int = 3
) -> list[Proposal]:
    """The best schedules, one for each number of tiers at most, the best first. Empty when the
    floor margin leaves none that earns anything."""
    valuing = Valuing(learned.fitted, costs, market)
    longest = max(bounds.lives_h)
    exposure = learned.arrivals.usual_exposure(longest)
    screened = sorted(
        (
            (valuing.total(valuing.team(one, exposure, 1))[1], one)
            for one in candidates(learned, costs, market, bounds)
        ),
        key=lambda pair: -pair[0],
    )
    kept = _best_by_tiers(screened)
    full = sorted(
        ((valuing.total(valuing.team(one, exposure, 5))[1], one) for one in kept),
        key=lambda pair: -pair[0],
    )
    best: dict[int, Schedule] = {}
    for profit, schedule in full:
        if profit > 0:
            best.setdefault(len(schedule.sizes), schedule)
    found = [_with_life(valuing, learned, bounds, one) for one in best.values()]
    return sorted(found, key=lambda one: -one.total_profit_fen)[:most]


def _best_by_tiers(screened: Sequence[tuple[float, Schedule]]) -> list[Schedule]:
    kept: list[Schedule] = []
    counts: dict[int, int] = {}
    for _, schedule in screened:
        tiers = len(schedule.sizes)
        counts[tiers] = counts.get(tiers, 0) + 1
        if counts[tiers] <= SCREENED // 3:
            kept.append(schedule)
    return kept


def _with_life(valuing: Valuing, learned: Learned, bounds: Bounds, schedule: Schedule) -> Proposal:
    found = []
    for life_h in sorted(bounds.lives_h):
        team = valuing.team(schedule, learned.arrivals.usual_exposure(life_h), 5)
        teams, total = valuing.total(team)
        found.append(Proposal(schedule, life_h, team, teams, total))
    best = max(one.total_profit_fen for one in found)
    return next(one for one in found if one.total_profit_fen >= best - abs(best) * GIVE_UP)


def candidates(
    learned: Learned, costs: Costs, market: Market, bounds: Bounds
) -> Iterator[Schedule]:
    """All schedules of the grid within the bounds, the floor margin, the stock and what was
    seen. Each tier is cheaper than the shop, as an activity must be."""
    sizes = spread(bounds.min_size, min(bounds.max_size, market.stock), SIZE_CHOICES)
    least = max(bounds.least_bp, learned.least_bp - BEYOND_BP, 0)
    most = min(bounds.most_bp, learned.most_bp + BEYOND_BP)
    steps = [
        step
        for step in spread(least, most, PRICE_STEPS)
        if costs.margin_bp(step) >= bounds.floor_margin_bp
        and all(good.reduced(step) < good.price_fen for good in costs.goods)
    ]
    for tiers in range(1, min(bounds.most_tiers, len(sizes), len(steps)) + 1):
        for some_sizes in itertools.combinations(sizes, tiers):
            for some_steps in itertools.combinations(steps, tiers):
                if all(_falls(good.reduced(step) for step in some_steps) for good in costs.goods):
                    yield Schedule(some_sizes, some_steps)


def circles_of(history: History) -> list[tuple[int, float]]:
    """The circles of past leaders, each with its share of the teams."""
    counts = Counter(team.circle for team in history.teams)
    return [(circle, count / len(history.teams)) for circle, count in counts.items()]


def _falls(prices: Iterator[int]) -> bool:
    shown = list(prices)
    return all(a > b for a, b in itertools.pairwise(shown))


def spread(least: int, most: int, choices: int) -> list[int]:
    """At most so many whole numbers from `least` to `most`: both ends, and denser below."""
    if most < least:
        return []
    parts = [(place / (choices - 1)) ** 1.5 for place in range(choices)]
    return sorted({round(least + (most - least) * part) for part in parts})


def coarser(circles: Sequence[tuple[int, float]], parts: int) -> list[tuple[int, float]]:
    """Circles in so many classes of about equal share, each by its mean."""
    classes: list[list[tuple[int, float]]] = [[] for _ in range(parts)]
    passed = 0.0
    for circle, part in sorted(circles):
        classes[min(parts - 1, int((passed + part / 2) * parts))].append((circle, part))
        passed += part
    return [
        (round(sum(c * p for c, p in one) / weight), weight)
        for one in classes
        if (weight := sum(p for _, p in one)) > 0
    ]


def blend(found: Sequence[tuple[float, Outcome]]) -> Outcome:
    """The mean of outcomes of one schedule, by weight."""
    size = len(found[0][1].chances)
    whole = sum(part for part, _ in found)

    def mean(of: Sequence[float]) -> float:
        return sum(part * value for (part, _), value in zip(found, of, strict=True)) / whole

    return Outcome(
        tuple(mean([one.chances[place] for _, one in found]) for place in range(size)),
        mean([one.formed for _, one in found]),
        mean([one.members for _, one in found]),
        mean([one.units for _, one in found]),
        mean([one.profit_fen for _, one in found]),
    )
