"""`mall catalog …`: a merchant's own sheet into the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from sqlalchemy.orm import Session

from mall.catalog.importing import columns
from mall.catalog.importing.rows import (
    Attributes,
    BrandRow,
    misleading_prices,
    read_attributes,
    read_brands,
    read_products,
)
from mall.catalog.importing.running import ImportResult, Merchandise, import_merchandise
from mall.catalog.importing.template import template
from mall.inventory.commands import receive_many
from mall.kernel.cli import SHEET, make_console, progress, with_app
from mall.kernel.sheets import Refusal, SheetError, read_sheet, report

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

    `mall catalog template` writes a sheet with all columns and what they mean. An empty cell, or
    a column that the sheet lacks, changes nothing; 无 takes a value away. Stock (库存) counts for
    new SKUs only.

    A product of which a row can't go in is reported, and the other products go in. Importing the
    same file again changes nothing. A dry run shows what would change, field by field.

    Exit code: 0 every row went in, 1 some were refused, 2 a file can't be read.
    """
    console = make_console()
    try:
        result = import_files(file, attributes, brands, dry_run=dry_run, console=console)
    except SheetError as fault:
        raise click.UsageError(str(fault)) from None
    show(result, console, dry_run=dry_run)
    if result.refusals:
        raise SystemExit(1)


@catalog_group.command("template")
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
def write_template(file: Path) -> None:
    """Write the sheet to begin with to FILE (.xlsx): all columns, an example, what they mean."""
    if file.exists():
        raise click.UsageError(f"{file} is there already; name another file")
    try:
        file.write_bytes(template())
    except OSError as fault:
        raise click.UsageError(f"{file}: {fault.strerror}") from None
    click.echo(f"Wrote {file}. Fill it in, then: mall catalog import --dry-run {file}")


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
    sheet = read_sheet(file, columns.ALL)
    reading = read_products(sheet.rows)
    refusals = list(reading.refusals)
    pairs: Attributes = {}
    found_brands: dict[str, BrandRow] = {}
    if attributes:
        rows = read_sheet(attributes, columns.ATTRIBUTE_COLUMNS).rows
        codes = {row.values[columns.SPU_CODE] for row in sheet.rows}
        pairs, refused = read_attributes(rows, codes)
        refusals += named(refused, attributes)
    if brands:
        found_brands, refused = read_brands(read_sheet(brands, columns.BRAND_COLUMNS).rows)
        refusals += named(refused, brands)
    goods = Merchandise(reading.products, pairs, found_brands, new_only)
    total = sum(map(len, reading.products.values()))
    with progress(console) as bar:
        task = bar.add_task(file.name, total=total)
        result = import_merchandise(
            goods, receive_stock, dry_run=dry_run, advance=lambda n: bar.advance(task, n)
        )
    result.refusals += refusals
    for line in misleading_prices(reading):
        console.print(f"[yellow]note[/] {escape(line)}")
    return result


def receive_stock(session: Session, quantities: Mapping[int, int]) -> None:
    """What new SKUs start with."""
    receive_many(session, quantities, reason="导入期初库存", ref="import")


def show(result: ImportResult, console: Console, *, dry_run: bool) -> None:
    """Print the counts, in a dry run what would change, and every refused row."""
    done = ", ".join(f"{count} {what}" for what, count in sorted(result.counts.items()) if count)
    console.print(f"{'Dry run, nothing written: ' if dry_run else ''}{done or 'nothing to do'}")
    for change in sorted(result.changes, key=lambda one: one.line) if dry_run else ():
        console.print(f"  {escape(str(change))}")
    if result.refusals:
        console.print(f"[red]{len(result.refusals)} rows refused[/]")
        for line in report(result.refusals):
            console.print(f"  {escape(line)}")


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
