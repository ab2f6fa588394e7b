"""Referral's speed: what attribution adds to an order; settlement of commission."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from benchmarks.referral import attribution, commission
from benchmarks.report import Row, attempt
from benchmarks.shop import say
from benchmarks.stack import Stack, running, stop

MEASUREMENTS: dict[str, Callable[[Stack, int, float], Iterator[Row]]] = {
    "attribution": attribution.measure,
    "commission": commission.measure,
}


def run(rounds: int, seconds: float) -> Iterator[Row]:
    """Every figure, medians over `rounds` interleaved rounds."""
    with running() as stack:
        stop(stack.worker)  # its sweeps would do what is measured here
        for name, measure in MEASUREMENTS.items():
            say(f"measuring: {name} …")
            yield from attempt(name, lambda measure=measure: measure(stack, rounds, seconds))  # type: ignore[misc]
