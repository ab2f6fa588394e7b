"""`mall demo …`: the project's own goods, so that a new mall has something to sell."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import click
from rich.console import Console

from mall.cli import catalog, demo_sale, regions
from mall.cli.context import with_app

DEMO = Path(str(files("mall") / "demo"))


@click.group("demo")
def demo_group() -> None:
    """The demo shop."""


@demo_group.command()
@with_app
def load() -> None:
    """Load the demo's regions, its catalogue and its flash sales.

    Safe to repeat: what is there stays, and a sale is made only when none is under way.
    """
    console = Console(highlight=False)
    regions.show(regions.import_file(DEMO / "regions.csv", console), console, dry_run=False)
    result = catalog.import_files(
        DEMO / "catalogue.csv",
        DEMO / "attributes.csv",
        DEMO / "brands.csv",
        console=console,
        new_only=True,
    )
    catalog.show(result, console, dry_run=False)
    console.print(f"{demo_sale.open_sales()} flash sales")
