"""What a pet is: a pure function of the rules, of what was done, and of the day.

    state(rules, entries, adopted_on, today)

Nothing else decides. What is stored with a pet is the last answer of this function, so entries may
be written in any order, taken out of history or judged by better rules: the answer follows.

A day goes so: first it decays, if the days before were without care; then all that was done on it
is added, in no order. A portion whose mission was taken back was never fed: it is neither growth
nor care.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from mall.games.pets.rules import TO_STAGE, Rules

FEED, WATER, FRIEND, REVERSAL = "feed", "water", "friend", "reversal"
"""Portions were fed; the owner watered; a friend watered; portions were taken out of history."""
ENTRY_KINDS = (FEED, WATER, FRIEND, REVERSAL)
_DAY = timedelta(days=1)

Days = tuple[date, date | None]
"""From a day to a day, both with them; None is without an end."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a pet's ledger. `portions` and the `lot` that they came of are of a feed, or of
    the portions that are taken out of history; a watering is one."""

    kind: str
    day: date
    portions: int = 1
    lot: int | None = None


@dataclass(frozen=True, slots=True)
class State:
    """How a pet stands on a day.

    `reached` is the place of the highest stage that it was ever in, and what rewards stand on;
    `stage` is where its growth is now. `cared_on` is the last day with care; `careless_days` are
    the whole days without it that stand before this one in a row; `decays_tomorrow` is lost at
    midnight if nobody cares today.
    """

    growth: int
    stage: int
    reached: int
    cared_today: bool
    cared_on: date
    careless_days: int
    decays_tomorrow: int


def state(
    rules: Rules,
    entries: Iterable[Entry],
    adopted_on: date,
    today: date,
    excused: Sequence[Days] = (),
) -> State:
    """The state on the shop day `today`. On `excused` days (the season was paused) nothing decays,
    and they don't count as days without care."""
    gains = _gains(rules, entries)
    growth = reached = careless = 0
    day = cared_on = adopted_on
    while True:
        cared = day in gains or day == adopted_on
        growth += gains.get(day, 0)
        reached = max(reached, rules.stage_of(growth))
        floor = rules.stages[reached].threshold if rules.floor == TO_STAGE else 0
        before = careless
        if cared:
            careless, cared_on = 0, day
        elif not _is_excused(day, excused):
            careless += 1
        lost = _decay(rules, growth - floor) if careless > rules.grace_days else 0
        if day >= today:
            idle = careless > before
            return State(
                growth=growth,
                stage=reached if rules.floor == TO_STAGE else rules.stage_of(growth),
                reached=reached,
                cared_today=cared,
                cared_on=cared_on,
                careless_days=0 if cared else before,
                decays_tomorrow=lost if idle else 0,
            )
        if careless > before:
            growth -= lost
        day += _DAY


def fed_portions(entries: Iterable[Entry]) -> Counter[date]:
    """The portions of each day that still stand: of a lot the last ones fed are the first to go."""
    fed: defaultdict[int | None, Counter[date]] = defaultdict(Counter)
    gone: Counter[int | None] = Counter()
    for one in entries:
        if one.kind == FEED:
            fed[one.lot][one.day] += one.portions
        elif one.kind == REVERSAL:
            gone[one.lot] += one.portions
    stands: Counter[date] = Counter()
    for lot, days in fed.items():
        for day in sorted(days, reverse=True):
            taken = min(days[day], gone[lot])
            gone[lot] -= taken
            stands[day] += days[day] - taken
    return +stands


def _gains(rules: Rules, entries: Iterable[Entry]) -> Mapping[date, int]:
    """What each day with care adds, by day; it may be nothing."""
    kept = list(entries)
    worth = {WATER: rules.water_growth, FRIEND: rules.friend_growth}
    gains: defaultdict[date, int] = defaultdict(int)
    for day, portions in fed_portions(kept).items():
        gains[day] += portions * rules.feed_growth
    for one in kept:
        if one.kind in worth:
            gains[one.day] += worth[one.kind]
    return gains


def _decay(rules: Rules, above: int) -> int:
    return min(rules.decay, max(above, 0))


def _is_excused(day: date, excused: Sequence[Days]) -> bool:
    return any(first <= day and (last is None or day <= last) for first, last in excused)
