"""A shop with a long history beside one with a short one: what gets slower, and by what statement.

Two databases in one server hold the same stories, copied to few and to many orders. Every address
that is read, a quote, an order, every sweep and every invariant of the frequent run is tried in
both by turns, in this process. `python -m benchmarks.growth --orders 1000000` is for an evening.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.growth.comparing import compare
from benchmarks.report import Row

FEW, MANY = 10_000, 100_000


def run(rounds: int, _seconds: float) -> Iterator[Row]:
    """The rows of what grew, and of how many things were tried."""
    yield from compare(FEW, MANY, rounds)
