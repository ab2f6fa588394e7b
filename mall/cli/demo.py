"""`mall demo …`: the project's own goods, so that a new mall has something to sell."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import click
from rich.console import Console

from mall.cli import catalog, regions
from mall.cli.context import with_app

DEMO = Path(str(files("mall") / "demo"))


@click.group("demo")
def demo_group() -> None:
    """The demo shop."""


@demo_group.command()
@with_app
def load() -> None:
    """Load the demo regions and the demo catalogue. Safe to repeat: what is there stays."""
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
