"""`mall demo …`: the project's own goods, so that a new mall has something to sell."""

from __future__ import annotations

import click

from mall.kernel.cli import make_console, with_app
from mall.kernel.features import DEMO


@click.group("demo")
def demo_group() -> None:
    """The demo shop."""


@demo_group.command()
@with_app
def load() -> None:
    """Load the demo shop: regions, catalogue, sales.

    Safe to repeat: what is there stays, and a sale is made only when none is under way.
    """
    console = make_console()
    for step in DEMO.items().values():
        step.load(console)
