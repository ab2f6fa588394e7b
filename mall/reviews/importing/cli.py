"""`mall reviews …`: what of a sheet of reviews the rewards would pay."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console

from mall.kernel.cli import SHEET, with_app
from mall.kernel.db import db_now, transaction
from mall.kernel.sheets import SheetError, read_sheet
from mall.reviews.importing.paying import paid_rows
from mall.reviews.importing.sheet_rows import REQUIRED, ImportedRow, read_rows
from mall.reviews.importing.tables import table_of


@click.group("reviews")
def reviews_group() -> None:
    """Reviews of bought goods."""


@reviews_group.command("measure")
@click.argument("file", type=SHEET)
@click.option("--characters", default=50, show_default=True, help="That say something.")
@click.option("--pictures", default=3, show_default=True, help="Different addresses.")
@with_app
def measure_command(file: Path, characters: int, pictures: int) -> None:
    """Show which rows of FILE a reward for quality would pay, and why not the others.

    The table has the rows that are as long as it takes, and have the pictures. Nothing is written.

    Exit code: 0 shown, 2 the file can't be read.
    """
    console = Console(highlight=False)
    try:
        rows = read_file(file)
    except SheetError as fault:
        raise click.UsageError(str(fault)) from None
    found = paid_rows(rows, characters=characters, pictures=pictures)
    console.print(table_of(found))
    paid = sum(one.paid for one in found)
    console.print(f"{len(rows)} rows, {len(found)} with the length and the pictures, {paid} paid")


def read_file(file: Path) -> Sequence[ImportedRow]:
    """The rows of a sheet that are right in themselves. Raises SheetError."""
    sheet = read_sheet(file, required=REQUIRED)
    with transaction() as session:
        now = db_now(session)
    return read_rows(sheet.rows, now)[0]
