"""`python -m benchmarks`: measure on this machine what the README claims."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any, cast

import click

from benchmarks.report import Row, attempt, publish

BENCHMARKS = (
    "purchase",
    "cpu",
    "speedups",
    "export",
    "catalogue",
    "quotes",
    "points",
    "groupbuy",
    "referral",
    "reviews",
    "lottery",
    "idle",
    "growth",
    "flash",
)
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(BENCHMARKS))
@click.option("--rounds", default=5, show_default=True, help="Rounds that the medians are over.")
@click.option("--seconds", default=3.0, show_default=True, help="Length of one measurement.")
@click.option(
    "--against", type=_FOLDER, help="Another checkout (with its .venv), measured in the same run."
)
def main(names: tuple[str, ...], rounds: int, seconds: float, against: Path | None) -> None:
    """Run the benchmarks (all, or those named) against embedded servers on loopback.

    Prints each figure as it comes and writes var/bench/NAME.json. A figure that can't be
    measured is a failed row. Exit code 1 when one failed or a target isn't reached.
    """
    missed: list[Row] = []
    for name in names or BENCHMARKS:
        more = {"against": against} if name == "cpu" else {}
        rows = publish(name, attempt(name, partial(_run, name, rounds, seconds, more)))
        missed += [row for row in rows if row.holds is False]
    sys.exit(1 if missed else 0)


def _run(name: str, rounds: int, seconds: float, more: dict[str, Any]) -> Iterable[Row]:
    """Imported here: a benchmark that is broken costs the others nothing."""
    found = importlib.import_module(f"benchmarks.{name}").run(rounds, seconds, **more)
    return cast(Iterable[Row], found)


main()
