"""The flash sale's speed: attempts, refusals, growth, memory, where the time goes, orders."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from benchmarks.flash import attempts, load_tool, memory, order_batches, parts, rush, servers
from benchmarks.report import Row

say = Console(stderr=True).print


def run(rounds: int, seconds: float) -> list[Row]:
    """Every figure of the sale, medians over `rounds` interleaved rounds."""
    if not load_tool.has_wrk():
        say("wrk isn't installed: our own client takes half the machine, the ratios are too small")
    with servers.running() as tier, TemporaryDirectory(prefix="mall-attempts-") as scratch:
        bench = attempts.Bench(tier, rounds, seconds, Path(scratch))
        rows: list[Row] = []
        for name, measure in (
            ("attempts, refusals and rivals", attempts.measure),
            ("growth", attempts.growth),
            ("a rush on few units", rush.measure),
            ("memory", memory.measure),
            ("where the time goes", parts.measure),
            ("orders of admitted attempts", order_batches.measure),
        ):
            say(f"measuring: {name} …")
            rows += measure(bench)
        return rows
