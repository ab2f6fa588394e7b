"""`mall catalog …`: a merchant's own sheet into the catalogue."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from sqlalchemy.orm import Session

from mall.catalog import sheet_rows
from mall.catalog.importing import ImportResult, Merchandise, import_merchandise
from mall.inventory.commands import receive
from mall.kernel.cli import SHEET, progress, with_app
from mall.kernel.sheets import Refusal, Sheet, SheetError, read_sheet, report

DEMO = Path(str(files("mall") / "demo"))


@click.group("catalog")
def catalog_group() -> None:
    """The catalogue."""


@catalog_group.command("import")
@click.argument("file", type=SHEET)
@click.option("--attributes", type=SHEET, help="Sheet of 商品编号, 属性, 值.")
@click.option("--brands", type=SHEET, help="Sheet of 品牌, 介绍, 图片, 起价(元).")
@click.option("--dry-run", is_flag=True, help="Check everything, write nothing.")
@with_app
def import_catalog(file: Path, attributes: Path | None, brands: Path | None, dry_run: bool) -> None:
    """Import products from FILE (CSV or Excel): one row a SKU, prices in yuan.

    A row that can't go in is reported and the rest goes in. Importing the same file again
    changes nothing; stock (库存) counts for new SKUs only.

    Exit code: 0 every row went in, 1 some were refused, 2 a file can't be read.
    """
    console = Console(highlight=False)
    try:
        result = import_files(file, attributes, brands, dry_run=dry_run, console=console)
    except SheetError as fault:
        raise click.UsageError(str(fault)) from None
    show(result, console, dry_run=dry_run)
    if result.refusals:
        raise SystemExit(1)


def import_files(
    file: Path,
    attributes: Path | None,
    brands: Path | None,
    *,
    console: Console,
    dry_run: bool = False,
    new_only: bool = False,
) -> ImportResult:
    """Read the sheets and import them, with a progress bar. Raises SheetError.

    `new_only` leaves what is there already as it is.
    """
    sheet = read_sheet(file, required=sheet_rows.REQUIRED)
    reading = sheet_rows.read_products(sheet.rows)
    tell_columns(sheet, console)
    refusals = list(reading.refusals)
    pairs: sheet_rows.Attributes | None = None
    found_brands: dict[str, dict[str, Any]] = {}
    if attributes:
        rows = read_sheet(attributes, required=sheet_rows.ATTRIBUTE_COLUMNS).rows
        codes = {row.values[sheet_rows.SPU_CODE] for row in sheet.rows}
        pairs, refused = sheet_rows.read_attributes(rows, codes)
        refusals += named(refused, attributes)
    if brands:
        rows = read_sheet(brands, required=sheet_rows.BRAND_COLUMNS[:1]).rows
        found_brands, refused = sheet_rows.read_brands(rows)
        refusals += named(refused, brands)
    goods = Merchandise(reading.products, frozenset(sheet.headers), pairs, found_brands, new_only)
    total = sum(map(len, reading.products.values()))
    with progress(console) as bar:
        task = bar.add_task(file.name, total=total)
        result = import_merchandise(
            goods, receive_stock, dry_run=dry_run, advance=lambda n: bar.advance(task, n)
        )
    result.refusals += refusals
    for line in sheet_rows.misleading_prices(reading):
        console.print(f"[yellow]note[/] {escape(line)}")
    return result


def receive_stock(session: Session, sku_id: int, quantity: int) -> None:
    """What a new SKU starts with."""
    receive(session, sku_id, quantity, reason="导入期初库存", ref=f"import:{sku_id}")


def show(result: ImportResult, console: Console, *, dry_run: bool) -> None:
    """Print the counts and every refused row."""
    done = ", ".join(f"{count} {what}" for what, count in sorted(result.counts.items()) if count)
    console.print(f"{'Dry run, nothing written: ' if dry_run else ''}{done or 'nothing to do'}")
    if result.refusals:
        console.print(f"[red]{len(result.refusals)} rows refused[/]")
        for line in report(result.refusals):
            console.print(f"  {escape(line)}")


def tell_columns(sheet: Sheet, console: Console) -> None:
    unknown = [header for header in sheet.headers if header and header not in sheet_rows.COLUMNS]
    if unknown:
        console.print(f"[yellow]note[/] columns not used: {escape(', '.join(unknown))}")


def named(refusals: Iterable[Refusal], file: Path) -> list[Refusal]:
    """Refusals of a second sheet, told apart from those of the first."""
    return [Refusal(r.line, f"{file.name} {r.column}", r.reason) for r in refusals]


def load_demo_catalogue(console: Console) -> None:
    """The goods of the demo shop; what is there already stays as it is."""
    result = import_files(
        DEMO / "catalogue.csv",
        DEMO / "attributes.csv",
        DEMO / "brands.csv",
        console=console,
        new_only=True,
    )
    show(result, console, dry_run=False)
