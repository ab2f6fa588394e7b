"""`mall group-advice`: the advice against simulated shoppers."""

from __future__ import annotations

from collections.abc import Iterator

import click

from mall.groupbuy.advice.backtest.playing import Backtest, Compared, backtest
from mall.groupbuy.advice.backtest.shoppers import NULL, World


@click.group("group-advice")
def group_advice() -> None:
    """Advice on tiers of group-buy."""


@group_advice.command("backtest")
@click.option("--seed", default=1, show_default=True, help="The first seed.")
@click.option("--seeds", default=5, show_default=True, type=click.IntRange(1, 100))
@click.option("--past", default=600, show_default=True, help="Leaders to learn from.")
@click.option("--future", default=600, show_default=True, help="Leaders to compare on.")
@click.option("--null", is_flag=True, help="Neither the price nor the circle moves anybody.")
def run_backtest(seed: int, seeds: int, past: int, future: int, null: bool) -> None:
    """Play simulated leaders: with the tier set that the advice picks by their circle, and with the
    tiers that it proposes, each against the fixed middle set.

    Prints the profit of a leader's team in yuan, and the differences with their 95 % intervals
    (paired bootstrap), a seed as it is done. Needs no database.
    """
    world = NULL if null else World()
    for number in range(seed, seed + seeds):
        for line in _lines(backtest(number, world=world, past=past, future=future)):
            click.echo(line)


def _lines(found: Backtest) -> Iterator[str]:
    yield (
        f"seed {found.seed}: middle set {_yuan(found.middle_fen)}, best fixed set (known"
        f" afterwards) {_yuan(found.best_fixed_fen)}"
    )
    if found.missing:
        lacking = ", ".join(f"{one.what} {one.have} of {one.need}" for one in found.missing)
        yield f"  too little: {lacking}; the middle set stays"
        return
    starts = ", ".join(f"set {one.set_id} from {one.min_circle}" for one in found.starts)
    yield f"  picked   {_compared(found.picked)}  {starts}"
    tiers = ", ".join(
        f"{size} at -{step / 100:.1f} %"
        for size, step in zip(found.schedule.sizes, found.schedule.reductions_bp, strict=True)
    )
    expected = "" if found.expected_fen is None else f", expected {_yuan(found.expected_fen)}"
    yield f"  proposed {_compared(found.proposed)}  {tiers}{expected}"


def _compared(one: Compared) -> str:
    return (
        f"{_yuan(one.profit_fen)}, gain {_yuan(one.gain_fen)}"
        f" [{_yuan(one.low_fen)}, {_yuan(one.high_fen)}]"
    )


def _yuan(fen: float) -> str:
    return f"{fen / 100:.2f}"
