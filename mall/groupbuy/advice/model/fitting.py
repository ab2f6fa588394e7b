"""From a shop's past to the fitted model; and what is missing when the past is too short."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mall.groupbuy.advice.model.arrivals import Arrivals, fit_arrivals
from mall.groupbuy.advice.model.history import History, VisitCell
from mall.groupbuy.advice.model.joining import fit_joining
from mall.groupbuy.advice.model.outcomes import Fitted
from mall.groupbuy.advice.model.reach import fit_reach

UNITS_STRENGTH = 10.0
"""That a member buys one unit weighs as much as so many members."""
PRICE_VISITS = 60
"""Visits that a level of price needs before it counts as one."""
PRICE_STEP_BP = 300
"""Levels of price that are nearer to each other count as one."""


@dataclass(frozen=True, slots=True)
class Needed:
    """What the advice wants to have seen: `have` of at least `need`."""

    what: str
    have: int
    need: int


THRESHOLDS = {"teams": 50, "leaders": 20, "visits": 400, "joins": 60, "price_levels": 2}
"""Below one of these nothing is advised."""


@dataclass(frozen=True, slots=True)
class Learned:
    """The fitted model with the times of visits. `least_bp` and `most_bp` are the reductions
    that were seen: beyond them nothing is known."""

    fitted: Fitted
    arrivals: Arrivals
    least_bp: int
    most_bp: int


def needed(history: History) -> list[Needed]:
    """What there is of each figure, and what is needed."""
    have = {
        "teams": len(history.teams),
        "leaders": history.leaders,
        "visits": history.visits,
        "joins": history.joins,
        "price_levels": len(price_levels(history.cells)),
    }
    return [Needed(what, have[what], need) for what, need in THRESHOLDS.items()]


def missing(history: History) -> list[Needed]:
    """What there is too little of; empty when the past is enough."""
    return [one for one in needed(history) if one.have < one.need]


def price_levels(cells: Iterable[VisitCell]) -> list[int]:
    """Reductions, in bp, that enough visitors met, apart from each other."""
    visits: dict[int, int] = {}
    for cell in cells:
        visits[cell.reduction_bp] = visits.get(cell.reduction_bp, 0) + cell.visits
    levels: dict[int, int] = {}
    start = None
    for reduction in sorted(visits):
        if start is None or reduction - start >= PRICE_STEP_BP:
            start = reduction
        levels[start] = levels.get(start, 0) + visits[reduction]
    return [start for start, met in levels.items() if met >= PRICE_VISITS]


def learn(history: History) -> Learned:
    """Fit the model to a past that is enough (`missing` is empty)."""
    arrivals = fit_arrivals(history.teams, history.arrivals)
    exposures = arrivals.exposures(history.teams)
    units = (history.units + UNITS_STRENGTH) / (history.members + UNITS_STRENGTH)
    fitted = Fitted(fit_reach(history.teams, exposures), fit_joining(history.cells), units)
    levels = [cell.reduction_bp for cell in history.cells if cell.visits]
    return Learned(fitted, arrivals, min(levels), max(levels))
