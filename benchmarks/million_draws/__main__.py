"""`python -m benchmarks.million_draws`: a million draws, each promise checked."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click

from benchmarks.million_draws.measuring import measure
from benchmarks.report import Row, attempt, publish
from benchmarks.shop import say
from benchmarks.stack import servers


@click.command()
@click.option(
    "--draws",
    default=1_000_000,
    show_default=True,
    type=click.IntRange(min=100),
    help="Tickets of the lottery; all are drawn.",
)
@click.option(
    "--processes",
    default=4,
    show_default=True,
    type=click.IntRange(min=1),
    help="Processes that draw at once.",
)
def main(draws: int, processes: int) -> None:
    """Draw all tickets of a lottery in several processes, then check what was promised.

    Counted prizes exact, weighted ones within the confidence band, guarantee and budgets kept,
    points as the prizes say, the doctor's invariants, every draw computed again; at last one
    random proof row is changed, and only that one may be named. All is done in embedded servers
    with their durable settings, which are removed at the end. Figures go to
    var/bench/million_draws.json. Exit code 1 when something isn't right.
    """
    rows = publish("million_draws", attempt("million draws", lambda: _run(draws, processes)))
    wrong = [row.figure for row in rows if row.holds is False]
    if wrong:
        say(f"NOT RIGHT: {'; '.join(wrong)}")
    sys.exit(1 if wrong else 0)


def _run(draws: int, processes: int) -> Iterator[Row]:
    say("starting the servers …")
    with servers():
        yield from measure(draws, processes)


main()
