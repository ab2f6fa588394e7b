"""From which circle on a leader is offered which of an activity's tier sets.

A larger circle gets a larger set. A set counts from the smallest circle on from which, for
every larger one too, a team is likely to be formed and earns at least what a smaller set would.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mall.groupbuy.advice.model.history import MAX_CIRCLE
from mall.groupbuy.advice.model.outcomes import Chances, Fitted, Outcome, outcome
from mall.groupbuy.advice.model.terms import Costs, Schedule

PLAUSIBLE = 0.5
"""A set is out of reach for a leader whose team would rather fail than be formed by it."""
CIRCLES = (*range(31), *range(35, 100, 5), *range(100, MAX_CIRCLE + 1, 20))


@dataclass(frozen=True, slots=True)
class SetStart:
    """A set is offered first to leaders of `min_circle` and more. `formed` and `profit_fen` are
    what the model expects of a team of such a leader."""

    set_id: int
    min_circle: int
    formed: float
    profit_fen: float


def by_size(sets: Mapping[int, Schedule]) -> list[int]:
    """Ids of sets, the smallest first."""
    return sorted(sets, key=lambda one: (sets[one].max_size, sets[one].min_size, one))


def pick_starts(
    fitted: Fitted, exposure: float, sets: Mapping[int, Schedule], costs: Costs
) -> list[SetStart]:
    """Where each set starts, the smallest set first, from circle 0. A set that never pays isn't
    there."""
    order = by_size(sets)
    chances = Chances(fitted.joining)
    expected = {
        set_id: [
            outcome(sets[set_id], fitted.crowds(circle, exposure), chances, costs, fitted.units)
            for circle in CIRCLES
        ]
        for set_id in order
    }
    best = [_best(order, expected, place) for place in range(len(CIRCLES))]
    for place in range(len(best) - 2, -1, -1):
        best[place] = min(best[place], best[place + 1])
    starts: list[SetStart] = []
    for place, rank in enumerate(best):
        if not starts or order[rank] != starts[-1].set_id:
            found = expected[order[rank]][place]
            starts.append(SetStart(order[rank], CIRCLES[place], found.formed, found.profit_fen))
    return starts


def _best(order: list[int], expected: Mapping[int, list[Outcome]], place: int) -> int:
    """The rank of the set that earns most of those that are plausible; else the smallest."""
    likely = [rank for rank, one in enumerate(order) if expected[one][place].formed >= PLAUSIBLE]
    return max(likely, key=lambda rank: expected[order[rank]][place].profit_fen, default=0)


def set_for(starts: list[SetStart], circle: int) -> SetStart:
    """The set that a leader of such a circle is offered first."""
    return [one for one in starts if one.min_circle <= circle][-1]
