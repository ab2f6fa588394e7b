"""A merchant's sheet, row by row: what it says of each product, or why it can't be taken. Pure.

One row is a SKU; rows with the same product code are one product, and what they say of it agrees.
A row that is refused takes the other rows of its product with it: half a product isn't what the
sheet says.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from mall.catalog.importing.columns import (
    BRAND,
    BRAND_FIELDS,
    CLEAR,
    HEADERS,
    LEVELS,
    LIST_PRICE,
    PRODUCT_COLUMNS,
    SKU_CODE,
    SKU_COLUMNS,
    SPEC_VALUES,
    SPU_CODE,
    STOCK_COLUMN,
    Column,
    code,
    words,
)
from mall.kernel.sheets import Refusal, SheetRow

Value = TypeVar("Value")


@dataclass(frozen=True)
class CategoryPath:
    """The names of categories from the top. `ends` there, or says nothing of what is below."""

    names: tuple[str, ...]
    ends: bool

    def agrees_with(self, other: CategoryPath) -> bool:
        """Whether one of the two says more of the same, or both say the same."""
        if self.names == other.names:
            return True
        short, long = sorted((self, other), key=lambda path: len(path.names))
        return not short.ends and long.names[: len(short.names)] == short.names


@dataclass(frozen=True)
class ProductRow:
    """What one good row says, as far as its cells are filled: of its product and of its SKU, by
    the names of the tables' columns (`brand` is the brand's name). `stock` is what a new SKU
    starts with."""

    line: int
    spu_code: str
    sku_code: str
    category: CategoryPath | None
    of_product: dict[str, Any]
    of_sku: dict[str, Any]
    stock: int


@dataclass
class Reading:
    """The good products by code, in the sheet's order, and the refused rows."""

    products: dict[str, list[ProductRow]] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)


class Cells:
    """The cells of one row; each reader notes a fault and goes on with an empty value."""

    def __init__(self, row: SheetRow) -> None:
        self._row = row
        self.faults = row.refusals()
        self._spoilt = {fault.column for fault in self.faults}

    def read(self, column: str, parse: Callable[[str], Value], empty: Value) -> Value:
        """What the cell says; `empty` where it can't be read."""
        try:
            return parse(self._row.values.get(column, ""))
        except ValueError as fault:
            if column not in self._spoilt:
                self.faults.append(self.refusal(column, str(fault)))
            return empty

    def refusal(self, column: str, reason: str) -> Refusal:
        return Refusal(self._row.line, column, reason)

    def text(self, column: str) -> str:
        return self._row.values.get(column, "")

    def said(self, columns: Iterable[Column]) -> dict[str, Any]:
        """The values of the cells that are filled."""
        filled = [column for column in columns if self.text(column.header)]
        return {column.field: self.read(column.header, column.read, None) for column in filled}


def read_products(rows: Iterable[SheetRow]) -> Reading:
    """Sort a sheet's rows into products; refuse what is faulty or clashes with another row."""
    reading = Reading()
    of_product: dict[str, list[ProductRow]] = defaultdict(list)
    faulty: dict[str, int] = {}
    owner = ""
    for row in rows:
        # A cell that was merged in Excel is empty below its first row in a CSV.
        owner = row.values.get(SPU_CODE, "") or owner
        found = _row(row)
        if isinstance(found, ProductRow):
            of_product[owner].append(found)
            continue
        reading.refusals += found
        faulty.setdefault(owner, row.line)
    lines: dict[str, int] = {}
    for product, good in of_product.items():
        clashes = list(_clashes(good, lines))
        reading.refusals += clashes
        first_fault = faulty.get(product) or next((fault.line for fault in clashes), None)
        if first_fault is None:
            reading.products[product] = good
            continue
        named = {fault.line for fault in clashes}
        reading.refusals += along_with(good, first_fault, but=named)
    return reading


def along_with(
    rows: Iterable[ProductRow], line: int, *, but: Collection[int] = ()
) -> Iterator[Refusal]:
    """The refusals of rows whose product has a faulty one at `line`."""
    for row in rows:
        if row.line != line and row.line not in but:
            yield Refusal(row.line, "", f"isn't taken: line {line} of the same product is refused")


def _clashes(rows: Sequence[ProductRow], lines: dict[str, int]) -> Iterator[Refusal]:
    """What doesn't agree with an earlier row. `lines` are those of the SKUs so far."""
    said: dict[str, tuple[Any, int]] = {}
    specs: dict[tuple[str, ...], int] = {}
    for row in rows:
        if row.sku_code in lines:
            yield Refusal(row.line, SKU_CODE, f"already on line {lines[row.sku_code]}")
            continue
        lines[row.sku_code] = row.line
        for name, value in row.of_product.items():
            first, line = said.setdefault(name, (value, row.line))
            if value != first:
                yield _not_as_on(line, row, HEADERS[name])
        if row.category is not None:
            category, line = said.setdefault("category", (row.category, row.line))
            if not row.category.agrees_with(category):
                yield _not_as_on(line, row, LEVELS[0])
        if "spec_values" in row.of_sku:
            values = tuple(row.of_sku["spec_values"])
            line = specs.setdefault(values, row.line)
            if line != row.line:
                reason = f"the same as on line {line} of the same product"
                yield Refusal(row.line, SPEC_VALUES, reason)


def _not_as_on(line: int, row: ProductRow, header: str) -> Refusal:
    return Refusal(row.line, header, f"not as on line {line} of the same product")


def _row(row: SheetRow) -> ProductRow | list[Refusal]:
    cells = Cells(row)
    found = ProductRow(
        line=row.line,
        spu_code=cells.read(SPU_CODE, code, ""),
        sku_code=cells.read(SKU_CODE, code, ""),
        category=_category(cells),
        of_product=cells.said(PRODUCT_COLUMNS),
        of_sku=cells.said(SKU_COLUMNS),
        stock=cells.said([STOCK_COLUMN]).get("stock", 0),
    )
    if not cells.faults and "spec_names" in found.of_product and "spec_values" in found.of_sku:
        names, values = len(found.of_product["spec_names"]), len(found.of_sku["spec_values"])
        if names != values:
            told = f"{values} values for {names} spec names"
            cells.faults.append(cells.refusal(SPEC_VALUES, told))
    return cells.faults or found


def _category(cells: Cells) -> CategoryPath | None:
    names = [cells.read(level, words(30), "") for level in LEVELS]
    filled = [name for name in names if name]
    if not filled:
        return None
    if CLEAR in names[1:]:
        end = names.index(CLEAR, 1)
        below = [name for name in names[end:] if name not in ("", CLEAR)]
        names, ends = names[:end], True
    else:
        end = len(filled)
        below = names[end:] if "" in names[:end] else []
        names, ends = names[:end], end == len(LEVELS)
    if "" in names or below:
        missing = names.index("") if "" in names else end
        cells.faults.append(cells.refusal(LEVELS[missing], "is empty, and a level below is not"))
    return CategoryPath(tuple(names), ends)


Attributes = dict[str, list[dict[str, str]]]


def read_attributes(
    rows: Iterable[SheetRow], codes: Collection[str]
) -> tuple[Attributes, list[Refusal]]:
    """Attributes by product code; a pair that comes twice counts once."""
    found: Attributes = {}
    refusals: list[Refusal] = []
    for row in rows:
        cells = Cells(row)
        product = cells.read(SPU_CODE, code, "")
        pair = {
            "name": cells.read("属性", words(50, 1), ""),
            "value": cells.read("值", words(1000, 1), ""),
        }
        if not cells.faults and product not in codes:
            cells.faults.append(cells.refusal(SPU_CODE, f"no product {product} in the sheet"))
        refusals += cells.faults
        if not cells.faults and pair not in found.setdefault(product, []):
            found[product].append(pair)
    return found, refusals


@dataclass(frozen=True)
class BrandRow:
    """What is said of a brand, by the columns of the brand table."""

    line: int
    name: str
    values: dict[str, Any]


def read_brands(rows: Iterable[SheetRow]) -> tuple[dict[str, BrandRow], list[Refusal]]:
    """What is said of brands, by their names."""
    found: dict[str, BrandRow] = {}
    refusals: list[Refusal] = []
    for row in rows:
        cells = Cells(row)
        name = cells.read(BRAND, words(60, 1), "")
        values = cells.said(BRAND_FIELDS)
        if not cells.faults and name in found:
            cells.faults.append(cells.refusal(BRAND, f"{name} is already in the sheet"))
        refusals += cells.faults
        if not cells.faults:
            found[name] = BrandRow(row.line, name, values)
    return found, refusals


def misleading_prices(reading: Reading) -> list[str]:
    """Rows whose struck-through price isn't above the price: taken, but it isn't shown."""
    return [
        f"line {row.line}, {LIST_PRICE}: not above the selling price, so shoppers don't see it"
        for rows in reading.products.values()
        for row in rows
        if (row.of_sku.get("list_price_fen") or row.of_sku.get("price_fen", 0) + 1)
        <= row.of_sku.get("price_fen", 0)
    ]
