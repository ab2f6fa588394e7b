"""The flash sale's speed: presses, refusals, growth, memory, where the time goes, draining."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from benchmarks.flash import draining, memory, parts, pressing, rush, servers, shooting
from benchmarks.report import Row

say = Console(stderr=True).print


def run(rounds: int, seconds: float) -> list[Row]:
    """Every figure of the sale, medians over `rounds` interleaved rounds."""
    if not shooting.has_wrk():
        say("wrk isn't installed: our own client takes half the machine, the ratios are too small")
    with servers.running() as tier, TemporaryDirectory(prefix="mall-presses-") as scratch:
        bench = pressing.Bench(tier, rounds, seconds, Path(scratch))
        rows: list[Row] = []
        for name, measure in (
            ("presses, refusals and rivals", pressing.measure),
            ("growth", pressing.growth),
            ("a rush on few units", rush.measure),
            ("memory", memory.measure),
            ("where the time goes", parts.measure),
            ("draining", draining.measure),
        ):
            say(f"measuring: {name} …")
            rows += measure(bench)
        return rows
