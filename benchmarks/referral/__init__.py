"""Referral's speed: posters, what attribution adds to an order, settlement of commission, ranks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from benchmarks.referral import attribution, boards, commission, posters
from benchmarks.report import Row, attempt
from benchmarks.shop import say
from benchmarks.stack import Stack, running, stop

WITH_WORKER: dict[str, Callable[[Stack, int, float], Iterator[Row]]] = {
    "posters": posters.measure,
}
MEASUREMENTS: dict[str, Callable[[Stack, int, float], Iterator[Row]]] = {
    "attribution": attribution.measure,
    "commission": commission.measure,
    "leaderboard": boards.measure,
}


def run(rounds: int, seconds: float) -> Iterator[Row]:
    """Every figure, medians over `rounds` interleaved rounds."""
    with running() as stack:
        yield from _measured(WITH_WORKER, stack, rounds, seconds)
        stop(stack.worker)  # its sweeps would do what is measured here
        yield from _measured(MEASUREMENTS, stack, rounds, seconds)


def _measured(
    measurements: dict[str, Callable[[Stack, int, float], Iterator[Row]]],
    stack: Stack,
    rounds: int,
    seconds: float,
) -> Iterator[Row]:
    for name, measure in measurements.items():
        say(f"measuring: {name} …")
        yield from attempt(name, lambda measure=measure: measure(stack, rounds, seconds))  # type: ignore[misc]
