"""Points and check-ins: the ledger, its history and expiry, check-ins of one rule and of many."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from benchmarks.points import checkins, expiry, flow, history, ledger, missions
from benchmarks.report import Row, attempt
from benchmarks.shop import say
from benchmarks.stack import Stack, running, stop
from mall.kernel.db import transaction

MEASUREMENTS: dict[str, Callable[[Stack, int, float], Iterator[Row]]] = {
    "posts of the ledger": ledger.measure,
    "check-ins": checkins.measure,
    "missions": missions.measure,
    "long histories": history.measure,
    "expiry": expiry.measure,
}


def run(rounds: int, seconds: float) -> Iterator[Row]:
    """Every figure, medians over `rounds` interleaved rounds."""
    with running() as stack:
        stop(stack.worker)  # its sweeps would do what is measured here
        with stack.app.app_context(), transaction() as session:
            flow.spread_ids(session)
        for name, measure in MEASUREMENTS.items():
            say(f"measuring: {name} …")
            yield from attempt(name, lambda measure=measure: measure(stack, rounds, seconds))  # type: ignore[misc]
