"""What a season may cost: expected and worst, before anybody has adopted. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from mall.games.pets.growing import FEED, FRIEND, WATER, Entry, state
from mall.games.pets.rules import Rules, last_day
from mall.kernel.clock import shop_day


@dataclass(frozen=True, slots=True)
class Habits:
    """What an average shopper does: cares on so many days of the season, evenly spread; feeds so
    many portions and has so many friends water on each of them."""

    days: int
    portions: int
    friends: int


@dataclass(frozen=True, slots=True)
class Preview:
    """Of `shoppers`, at most as many as there are places, in fen. `reached` is the place of the
    stage that the average shopper reaches, `reachable` of the highest that the caps allow."""

    shoppers: int
    days: int
    reached: int
    reachable: int
    expected_fen: int
    worst_fen: int


def preview(rules: Rules, costs_fen: Sequence[int], shoppers: int, habits: Habits) -> Preview:
    """What so many shoppers may cost: expected when all are average, worst when each reaches
    every stage that the caps allow."""
    if rules.places is not None:
        shoppers = min(shoppers, rules.places)
    first = shop_day(rules.starts_at)
    days = (last_day(rules.ends_at, None) - first).days + 1
    reached = _reached(rules, first, days, habits)
    reachable = len(rules.stages) - 1
    if rules.daily_portions is not None:
        most = Habits(days, rules.daily_portions, rules.friend_waterings)
        reachable = _reached(rules, first, days, most)
    return Preview(
        shoppers=shoppers,
        days=days,
        reached=reached,
        reachable=reachable,
        expected_fen=shoppers * sum(costs_fen[: reached + 1]),
        worst_fen=shoppers * sum(costs_fen[: reachable + 1]),
    )


def _reached(rules: Rules, first: date, days: int, habits: Habits) -> int:
    entries = list(_entries(rules, first, days, habits))
    return state(rules, entries, first, first + timedelta(days=days - 1)).reached


def _entries(rules: Rules, first: date, days: int, habits: Habits) -> Iterator[Entry]:
    caring = min(habits.days, days)
    fed = habits.portions
    if rules.daily_portions is not None:
        fed = min(fed, rules.daily_portions)
    friends = min(habits.friends, rules.friend_waterings)
    for number in range(caring):
        day = first + timedelta(days=number * days // caring)
        yield Entry(WATER, day)
        yield from (Entry(FRIEND, day) for _ in range(friends))
        if fed:
            yield Entry(FEED, day, fed, lot=0)
