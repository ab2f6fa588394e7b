"""`mall shipping …`: the warehouse's sheet of parcels."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape

from mall.kernel.cli import SHEET, make_console, progress, with_app
from mall.kernel.sheets import Refusal, SheetError, read_sheet, report
from mall.shipping.bulk import BulkShipping, ship_in_bulk
from mall.shipping.bulk_sheet import COLUMNS, parcel_rows


@click.group("shipping")
def shipping_group() -> None:
    """Shipping."""


@shipping_group.command("import")
@click.argument("file", type=SHEET)
@click.option("--dry-run", is_flag=True, help="Check everything, keep nothing.")
@with_app
def import_parcels(file: Path, dry_run: bool) -> None:
    """Ship the orders of FILE (CSV or Excel): 订单号, 快递公司, 运单号, SKU编号 with 数量.

    What is wrong with one order stops no other. Importing the same file again changes
    nothing.

    Exit code: 0 every row went in or was there already, 1 some were refused, 2 the file can't
    be read.
    """
    console = make_console()
    try:
        sheet = read_sheet(file, COLUMNS)
    except SheetError as fault:
        raise click.UsageError(str(fault)) from None
    if sheet.unknown:
        console.print(f"[yellow]note[/] columns not used: {escape(', '.join(sheet.unknown))}")
    rows = parcel_rows(sheet.rows)
    with progress(console) as bar:
        task = bar.add_task(file.name, total=len(rows))
        result = ship_in_bulk(rows, dry_run=dry_run, advance=lambda n: bar.advance(task, n))
    show(result, console)
    if result.count("refused"):
        raise SystemExit(1)


def show(result: BulkShipping, console: Console) -> None:
    """Print the counts and every refused row."""
    console.print(
        f"{'Dry run, nothing written: ' if result.dry_run else ''}"
        f"{result.count('shipped')} shipped, {result.count('already')} there already"
    )
    refused = [r for r in result.results if r.state == "refused"]
    if refused:
        console.print(f"[red]{len(refused)} rows refused[/]")
        for line in report(Refusal(r.line, r.order_no, r.reason) for r in refused):
            console.print(f"  {escape(line)}")
