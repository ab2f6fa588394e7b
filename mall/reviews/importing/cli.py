"""`mall reviews …`: reviews of another shop, and what of a sheet the rewards would pay."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape

from mall.kernel.cli import SHEET, make_console, progress, with_app
from mall.kernel.db import db_now, transaction
from mall.kernel.sheets import SheetError, read_sheet, report
from mall.reviews.importing.importing import ReviewImport, import_reviews
from mall.reviews.importing.paying import paid_rows
from mall.reviews.importing.sheet_rows import COLUMNS, ImportedRow, read_rows
from mall.reviews.importing.tables import table_of


@click.group("reviews")
def reviews_group() -> None:
    """Reviews of bought goods."""


@reviews_group.command("import")
@click.argument("file", type=SHEET)
@click.option("--dry-run", is_flag=True, help="Check everything, write nothing.")
@with_app
def import_command(file: Path, dry_run: bool) -> None:
    """Import reviews of another shop from FILE (CSV or Excel).

    Columns: 商品编号 (the product's code), 评价内容; optional 图片 (web addresses, parted by |),
    时间 (2018-02-01 12:30:00, of the shop's zone), 昵称.

    Imported reviews are marked as imported. They have no stars, stand in no average and earn no
    reward. They go to moderation as a shopper's do, and are shown once they are approved. Pictures
    are others': their addresses are kept, nothing is fetched and none is shown.

    A row that can't go in is reported and the rest goes in; rows of products that the shop lacks
    are listed by product. Importing the same file again changes nothing.

    Exit code: 0 every row went in, 1 some were refused, 2 the file can't be read.
    """
    console = make_console()
    try:
        result = import_file(file, console, dry_run=dry_run)
    except SheetError as fault:
        raise click.UsageError(str(fault)) from None
    show(result, console, dry_run=dry_run)
    if result.refusals:
        raise SystemExit(1)


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
    console = make_console()
    try:
        rows, _ = read_file(file)
    except SheetError as fault:
        raise click.UsageError(str(fault)) from None
    found = paid_rows(rows, characters=characters, pictures=pictures)
    console.print(table_of(found))
    paid = sum(one.paid for one in found)
    console.print(f"{len(rows)} rows, {len(found)} with the length and the pictures, {paid} paid")


def read_file(file: Path) -> tuple[list[ImportedRow], ReviewImport]:
    """The rows of a sheet, with a result that has the refusals. Raises SheetError."""
    sheet = read_sheet(file, COLUMNS)
    with transaction() as session:
        now = db_now(session)
    rows, refusals = read_rows(sheet.rows, now)
    return list(rows), ReviewImport(refusals=list(refusals))


def import_file(file: Path, console: Console, *, dry_run: bool = False) -> ReviewImport:
    """Read and import a sheet, with a progress bar. Raises SheetError."""
    rows, read = read_file(file)
    with progress(console) as bar:
        task = bar.add_task(file.name, total=len(rows))
        result = import_reviews(rows, dry_run=dry_run, advance=lambda n: bar.advance(task, n))
    result.refusals += read.refusals
    return result


def show(result: ReviewImport, console: Console, *, dry_run: bool) -> None:
    """Print the counts, the unknown products and every refused row."""
    console.print(
        f"{'Dry run, nothing written: ' if dry_run else ''}"
        f"{result.added} added for approval, {result.unchanged} known"
    )
    if result.unknown:
        rows = ", ".join(f"{code} ({count})" for code, count in result.unknown.most_common())
        console.print(f"[yellow]products that the shop lacks (rows):[/] {escape(rows)}")
    if result.refusals:
        console.print(f"[red]{len(result.refusals)} rows refused[/]")
        for line in report(result.refusals):
            console.print(f"  {escape(line)}")
