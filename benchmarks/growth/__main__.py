"""`python -m benchmarks.growth`: the table of `benchmarks growth` for histories of any length."""

from __future__ import annotations

import sys

import click

from benchmarks.growth import FEW, MANY
from benchmarks.growth.comparing import compare
from benchmarks.report import publish


@click.command()
@click.option("--few", default=FEW, show_default=True, help="Orders of the short history.")
@click.option("--orders", default=MANY, show_default=True, help="Orders of the long history.")
@click.option("--rounds", default=5, show_default=True, help="Rounds that the medians are over.")
@click.option("--all", "everything", is_flag=True, help="Print what didn't grow, too.")
def main(few: int, orders: int, rounds: int, everything: bool) -> None:
    """Compare a long history with a short one; exit code 1 when something grew.

    A million orders are 25 GB and half an hour of copying.
    """
    rows = publish("growth", compare(few, orders, rounds, everything=everything))
    sys.exit(any(row.holds is False for row in rows))


main()
