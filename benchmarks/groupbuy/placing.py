"""Seats taken a second, beside plain orders of the same SKUs by the same shoppers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import count, islice

from benchmarks.groupbuy.shop import (
    Activity,
    Goods,
    Shopper,
    open_team,
    price,
    seat,
    shoppers,
    skus,
    start_activity,
)
from benchmarks.points.flow import recording
from benchmarks.points.turns import Given, by_the_mall, rate
from benchmarks.report import Row, at_least
from benchmarks.shop import CONNECTIONS, interleaved
from benchmarks.stack import Stack
from mall.groupbuy.orders.choice import Joining
from mall.orders.placing import place_order

SHOPPERS, SKUS, TEAMS_EACH = 2_000, 40, 5
MOST_A_SECOND = 2_000
TIERS = {1_000: 900, 30_000: 800}
GOAL = 0.8
LEAST_S = 10.0
"""On a busy machine three seconds say little."""


def measure(stack: Stack, rounds: int, seconds: float) -> Iterator[Row]:
    """Both spread over the same SKUs; a turn is one order of one unit."""
    sku_ids, people = skus(stack, SKUS), shoppers(stack, SHOPPERS + 1)
    with stack.app.app_context():
        turns = _Turns(_teams(sku_ids, people[-1]), people[:-1])
        statements = {
            "join": _statements(join, turns.next(2)),
            "plain": _statements(alone, turns.next(2)),
        }
    seconds = max(seconds, LEAST_S)
    wanted = int(MOST_A_SECOND * seconds)

    def run(command: Callable[[Given], None]) -> Callable[[], float]:
        return lambda: rate(
            by_the_mall(stack, command),
            turns.next(wanted),
            connections=CONNECTIONS,
            seconds=seconds,
        )

    figures = interleaved(rounds, {"join": run(join), "plain": run(alone)})
    yield Row("group-buy: a team joined, with its order", figures["join"], "1/s")
    yield Row("a plain order of the same SKUs", figures["plain"], "1/s")
    yield Row("group-buy: statements of joining", statements["join"], "statements")
    yield Row("statements of a plain order", statements["plain"], "statements")
    share = figures["join"] / figures["plain"]
    yield at_least("group-buy: joining ÷ a plain order", share, "ratio", GOAL)


def join(given: Given) -> None:
    """A seat in a team that waits for more."""
    goods: Goods = given["goods"]
    seat(given["shopper"], Joining(given["team_id"]), goods.activity.sku_id, goods.seat_fen)


def alone(given: Given) -> None:
    """A normal order of the same unit."""
    goods: Goods = given["goods"]
    shopper: Shopper = given["shopper"]
    lines = {goods.activity.sku_id: 1}
    place_order(shopper.user_id, lines, shopper.address_id, goods.alone_fen)


class _Turns:
    """A shopper and a team in turn, no pair twice."""

    def __init__(self, teams: Sequence[tuple[Goods, int]], people: Sequence[Shopper]) -> None:
        self._pairs = (
            {
                "goods": teams[(n + n // len(people)) % len(teams)][0],
                "team_id": teams[(n + n // len(people)) % len(teams)][1],
                "shopper": people[n % len(people)],
            }
            for n in count()
        )

    def next(self, number: int) -> list[Given]:
        return list(islice(self._pairs, number))


def _teams(sku_ids: Sequence[int], leader: Shopper) -> list[tuple[Goods, int]]:
    found = []
    for sku_id in sku_ids:
        activity: Activity = start_activity(sku_id, TIERS)
        team_ids = [open_team(activity, leader) for _ in range(TEAMS_EACH)]
        goods = price(activity, team_ids[0], leader)
        found += [(goods, team_id) for team_id in team_ids]
    return found


def _statements(command: Callable[[Given], None], turns: Sequence[Given]) -> int:
    first, second = turns
    command(first)
    with recording() as calls:
        command(second)
    return len(calls)
