"""`mall group-advice`: the advice against simulated shoppers."""

from __future__ import annotations

import click

from mall.groupbuy.advice.backtest.playing import Backtest, backtest
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
    """Play simulated leaders: the picked tier set against the fixed middle one.

    Prints the profit of a leader's team in yuan, and the difference with its 95 % interval
    (paired bootstrap). Needs no database.
    """
    world = NULL if null else World()
    click.echo("seed  middle  picked  best fixed   gain [95 % interval]   sets from circle")
    for number in range(seed, seed + seeds):
        click.echo(_line(backtest(number, world=world, past=past, future=future)))


def _line(found: Backtest) -> str:
    yuan = [
        f"{fen / 100:7.2f}" for fen in (found.middle_fen, found.picked_fen, found.best_fixed_fen)
    ]
    interval = f"[{found.low_fen / 100:.2f}, {found.high_fen / 100:.2f}]"
    if found.missing:
        lacking = ", ".join(f"{one.what} {one.have} of {one.need}" for one in found.missing)
        rest = f"too little: {lacking}; the middle set stays"
    else:
        rest = ", ".join(f"{one.set_id} from {one.min_circle}" for one in found.starts)
    return f"{found.seed:4d} {' '.join(yuan)}   {found.gain_fen / 100:7.2f} {interval}   {rest}"
