"""`python -m benchmarks`: measure on this machine what the README claims."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import click

from benchmarks import cpu, export, flash, purchase, quotes, speedups
from benchmarks.report import Row, attempt, publish

BENCHMARKS = {
    "purchase": purchase.run,
    "cpu": cpu.run,
    "speedups": speedups.run,
    "export": export.run,
    "quotes": quotes.run,
    "flash": flash.run,
}
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(list(BENCHMARKS)))
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
    runs = BENCHMARKS | {"cpu": partial(cpu.run, against=against)}
    missed: list[Row] = []
    for name in names or BENCHMARKS:
        rows = publish(name, attempt(name, partial(runs[name], rounds, seconds)))
        missed += [row for row in rows if row.holds is False]
    sys.exit(1 if missed else 0)


main()
