"""The flash sale's speed: attempts, refusals, growth, memory, where the time goes, orders."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.flash import attempts, load_tool, memory, order_batches, parts, rush, servers
from benchmarks.flash.bench import Bench, say
from benchmarks.report import Row, attempt


def run(rounds: int, seconds: float) -> Iterator[Row]:
    """Every figure of the sale, medians over `rounds` interleaved rounds, as they come. A part
    that fails is one failed row; the parts after it are measured all the same."""
    if not load_tool.has_wrk():
        say("wrk isn't installed: our own client takes half the machine, the ratios are too small")
    with servers.running() as tier, TemporaryDirectory(prefix="mall-attempts-") as scratch:
        bench = Bench(tier, rounds, seconds, Path(scratch))
        for name, measure in (
            ("attempts, refusals and rivals", attempts.measure),
            ("growth", attempts.growth),
            ("a rush on few units", rush.measure),
            ("memory", memory.measure),
            ("where the time goes", parts.measure),
            ("orders of admitted attempts", order_batches.measure),
        ):
            say(f"measuring: {name} …")
            yield from attempt(name, partial(measure, bench))
