"""`mall regions …`: the administrative regions that addresses are checked against."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape

from mall.kernel.cli import SHEET, make_console, progress, with_app
from mall.kernel.sheets import Columns, SheetError, read_sheet, report
from mall.users.region_import import COLUMNS, RegionImport, import_regions

DEMO = Path(str(files("mall") / "demo"))


@click.group("regions")
def regions_group() -> None:
    """Administrative regions."""


@regions_group.command("import")
@click.argument("file", type=SHEET)
@click.option("--dry-run", is_flag=True, help="Check everything, write nothing.")
@with_app
def import_command(file: Path, dry_run: bool) -> None:
    """Import regions from FILE (CSV or Excel): 编码, 名称, 上级编码, 级别 (1 to 3).

    A row that can't go in is reported and the rest goes in. Importing the same file again
    changes nothing; a region that the file lacks stays.

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


def import_file(file: Path, console: Console, *, dry_run: bool = False) -> RegionImport:
    """Read and import a sheet, with a progress bar. Raises SheetError."""
    sheet = read_sheet(file, Columns(COLUMNS))
    with progress(console) as bar:
        task = bar.add_task(file.name, total=len(sheet.rows))
        return import_regions(
            sheet.rows, dry_run=dry_run, advance=lambda count: bar.advance(task, count)
        )


def show(result: RegionImport, console: Console, *, dry_run: bool) -> None:
    """Print the counts and every refused row."""
    console.print(
        f"{'Dry run, nothing written: ' if dry_run else ''}"
        f"{result.added} added, {result.changed} changed, {result.unchanged} unchanged"
    )
    if result.refusals:
        console.print(f"[red]{len(result.refusals)} rows refused[/]")
        for line in report(result.refusals):
            console.print(f"  {escape(line)}")


def load_demo_regions(console: Console) -> None:
    """The regions of the demo shop."""
    show(import_file(DEMO / "regions.csv", console), console, dry_run=False)
