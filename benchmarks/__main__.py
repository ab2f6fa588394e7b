"""`python -m benchmarks`: measure on this machine what the README claims."""

from __future__ import annotations

import sys

import click

from benchmarks import export, flash, purchase, quotes
from benchmarks.report import Row, publish

BENCHMARKS = {
    "purchase": purchase.run,
    "export": export.run,
    "quotes": quotes.run,
    "flash": flash.run,
}


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(list(BENCHMARKS)))
@click.option("--rounds", default=5, show_default=True, help="Rounds that the medians are over.")
@click.option("--seconds", default=3.0, show_default=True, help="Length of one measurement.")
def main(names: tuple[str, ...], rounds: int, seconds: float) -> None:
    """Run the benchmarks (all, or those named) against embedded servers on loopback.

    Prints a table and writes var/bench/NAME.json. Exit code 1 when a target isn't reached.
    """
    missed: list[Row] = []
    for name in names or BENCHMARKS:
        rows = BENCHMARKS[name](rounds, seconds)
        publish(name, rows)
        missed += [row for row in rows if row.holds is False]
    sys.exit(1 if missed else 0)


main()
