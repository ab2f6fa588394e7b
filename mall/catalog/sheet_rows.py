"""A merchant's sheet, read row by row into what it says, or why it can't be taken. Pure.

One row is a SKU; rows with the same product code are one product, described by the first
of them. Prices are in yuan in the sheet and in fen here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from mall.kernel.money import MAX_FEN, fen_from_yuan
from mall.kernel.sheets import Refusal, SheetRow
from mall.kernel.uploaded import is_address, stored_address

SPU_CODE, NAME, SKU_CODE, PRICE = "商品编号", "商品名称", "SKU编号", "售价(元)"
LEVELS = ("一级分类", "二级分类", "三级分类")
BRAND, BRIEF, UNIT = "品牌", "简介", "单位"
SPEC_NAMES, SPEC_VALUES = "规格名", "规格值"
LIST_PRICE, COST, STOCK = "划线价(元)", "成本价(元)", "库存"
WEIGHT, VOLUME = "重量(克)", "体积(立方厘米)"
MAIN_IMAGE, GALLERY, SKU_IMAGE, DETAIL = "主图", "轮播图", "SKU图", "详情HTML"
ON_SHELF, IS_NEW, IS_HOT = "上架", "新品", "热销"
REQUIRED = (SPU_CODE, NAME, LEVELS[0], SKU_CODE, PRICE)
COLUMNS = (
    *REQUIRED, *LEVELS[1:], BRAND, BRIEF, UNIT, SPEC_NAMES, SPEC_VALUES, LIST_PRICE, COST, WEIGHT,
    VOLUME, STOCK, MAIN_IMAGE, GALLERY, SKU_IMAGE, DETAIL, ON_SHELF, IS_NEW, IS_HOT,
)  # fmt: skip

MAX_STOCK = 9_999_999
MAX_WEIGHT_G = 1_000_000
MAX_VOLUME_CM3 = 100_000_000
_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,63}")
_YES, _NO = {"是", "1", "true", "y", "yes", "√"}, {"否", "0", "false", "n", "no", ""}
Value = TypeVar("Value")


@dataclass(frozen=True)
class ProductRow:
    """What one good row says. `stock` is what a new SKU starts with; without a `cost_fen` the
    SKU keeps the one that it has."""

    line: int
    spu_code: str
    name: str
    sku_code: str
    price_fen: int
    categories: tuple[str, ...]
    brand: str
    brief: str
    unit: str
    spec_names: list[str]
    spec_values: list[str]
    list_price_fen: int | None
    cost_fen: int | None
    weight_g: int
    volume_cm3: int
    stock: int
    main_image: str
    gallery: list[str]
    image: str
    detail_html: str
    on_shelf: bool
    is_new: bool
    is_hot: bool


@dataclass
class Reading:
    """The good rows by product code, in the sheet's order, and the refused ones."""

    products: dict[str, list[ProductRow]] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)


def read_products(rows: Iterable[SheetRow]) -> Reading:
    """Sort a sheet's rows into products; refuse each that is faulty or clashes with another."""
    reading = Reading()
    lines: dict[str, int] = {}
    for row in rows:
        found = _row(row)
        faults = found if isinstance(found, list) else _clash(found, reading.products, lines)
        reading.refusals += faults
        if not faults and isinstance(found, ProductRow):
            lines[found.sku_code] = found.line
            reading.products.setdefault(found.spu_code, []).append(found)
    return reading


def _clash(
    row: ProductRow, products: dict[str, list[ProductRow]], lines: dict[str, int]
) -> list[Refusal]:
    if row.sku_code in lines:
        return [Refusal(row.line, SKU_CODE, f"already on line {lines[row.sku_code]}")]
    for other in products.get(row.spu_code, []):
        place = f"line {other.line} of the same product"
        if other.name != row.name:
            return [Refusal(row.line, NAME, f"not as on {place}")]
        if other.spec_names != row.spec_names:
            return [Refusal(row.line, SPEC_NAMES, f"not as on {place}")]
        if other.spec_values == row.spec_values:
            return [Refusal(row.line, SPEC_VALUES, f"the same as on {place}")]
    return []


class Cells:
    """The cells of one row; each reader notes a fault and goes on with an empty value."""

    def __init__(self, row: SheetRow) -> None:
        self._row = row
        misfit = row.misfit()
        self.faults: list[Refusal] = [misfit] if misfit else []

    def read(self, column: str, parse: Callable[[str], Value], empty: Value) -> Value:
        text = self._row.values.get(column, "")
        try:
            return parse(text)
        except ValueError as fault:
            self.faults.append(Refusal(self._row.line, column, str(fault)))
            return empty

    def text(self, column: str, at_most: int, at_least: int = 0) -> str:
        return self.read(column, lambda text: _text(text, at_least, at_most), "")


def _row(row: SheetRow) -> ProductRow | list[Refusal]:
    cells = Cells(row)
    found = ProductRow(
        line=row.line,
        spu_code=cells.read(SPU_CODE, _code, ""),
        name=cells.text(NAME, 100, 1),
        sku_code=cells.read(SKU_CODE, _code, ""),
        price_fen=cells.read(PRICE, _price, 1),
        categories=_categories(cells),
        brand=cells.text(BRAND, 60),
        brief=cells.text(BRIEF, 200),
        unit=cells.text(UNIT, 10) or "件",
        spec_names=cells.read(SPEC_NAMES, lambda text: _list(text, ";", 5, 30), []),
        spec_values=cells.read(SPEC_VALUES, lambda text: _list(text, ";", 5, 100), []),
        list_price_fen=cells.read(LIST_PRICE, _optional(_price), None),
        cost_fen=cells.read(COST, _optional(fen_from_yuan), None),
        weight_g=cells.read(WEIGHT, lambda text: _whole(text, MAX_WEIGHT_G), 0),
        volume_cm3=cells.read(VOLUME, lambda text: _whole(text, MAX_VOLUME_CM3), 0),
        stock=cells.read(STOCK, lambda text: _whole(text, MAX_STOCK), 0),
        main_image=cells.read(MAIN_IMAGE, _image, ""),
        gallery=cells.read(GALLERY, lambda text: list(map(_image, _list(text, "|", 20, 500))), []),
        image=cells.read(SKU_IMAGE, _image, ""),
        detail_html=cells.text(DETAIL, 200_000),
        on_shelf=cells.read(ON_SHELF, _flag, False),
        is_new=cells.read(IS_NEW, _flag, False),
        is_hot=cells.read(IS_HOT, _flag, False),
    )
    if len(found.spec_names) != len(found.spec_values) and not cells.faults:
        cells.faults.append(
            Refusal(
                row.line,
                SPEC_VALUES,
                f"{len(found.spec_values)} values for {len(found.spec_names)} spec names",
            )
        )
    return cells.faults or found


def _categories(cells: Cells) -> tuple[str, ...]:
    names = [cells.text(LEVELS[0], 30, 1), *(cells.text(level, 30) for level in LEVELS[1:])]
    if names[2] and not names[1]:
        cells.read(LEVELS[1], _missing, None)
    return tuple(name for name in names if name)


def _missing(_: str) -> None:
    raise ValueError("is empty")


def _text(text: str, at_least: int, at_most: int) -> str:
    if any(ord(character) < 32 and character not in "\n\t\r" for character in text):
        raise ValueError("has control characters")
    if len(text) < at_least:
        raise ValueError("is empty")
    if len(text) > at_most:
        raise ValueError(f"has {len(text)} characters, more than {at_most}")
    return text


def _code(text: str) -> str:
    if not text:
        raise ValueError("is empty")
    if not _CODE.fullmatch(text):
        raise ValueError(f"{_shown(text)} is not a code of up to 64 letters, digits, '.', '_', '-'")
    return text


def _price(text: str) -> int:
    if not text:
        raise ValueError("is empty")
    fen = fen_from_yuan(text)
    if fen < 1:
        raise ValueError(f"must be from 0.01 to {MAX_FEN // 100} yuan, not {_shown(text)}")
    return fen


def _optional(parse: Callable[[str], int]) -> Callable[[str], int | None]:
    return lambda text: parse(text) if text else None


def _whole(text: str, at_most: int) -> int:
    if not text:
        return 0
    if not (text.isascii() and text.isdigit()) or len(text) > 12 or int(text) > at_most:
        raise ValueError(f"{_shown(text)} is not a whole number from 0 to {at_most}")
    return int(text)


def _flag(text: str) -> bool:
    lowered = text.lower()
    if lowered not in _YES | _NO:
        raise ValueError(f"{_shown(text)} is neither 是 nor 否")
    return lowered in _YES


def _image(text: str) -> str:
    text = stored_address(_text(text, 0, 500))
    if text and not is_address(text):
        raise ValueError(f"{_shown(text)} is neither the name of an upload nor an http(s) address")
    return text


def _list(text: str, separator: str, at_most: int, length: int) -> list[str]:
    if not text:
        return []
    parts = [_text(part.strip(), 1, length) for part in text.split(separator)]
    if len(parts) > at_most:
        raise ValueError(f"has {len(parts)} parts, more than {at_most}")
    return parts


def _shown(text: str) -> str:
    return repr(text if len(text) <= 30 else f"{text[:30]}…")


ATTRIBUTE_COLUMNS = (SPU_CODE, "属性", "值")
BRAND_COLUMNS = (BRAND, "介绍", "图片", "起价(元)")
Attributes = dict[str, list[dict[str, str]]]


def read_attributes(
    rows: Iterable[SheetRow], codes: Sequence[str] | set[str]
) -> tuple[Attributes, list[Refusal]]:
    """Attributes by product code; a pair that comes twice counts once."""
    found: Attributes = {}
    refusals: list[Refusal] = []
    for row in rows:
        cells = Cells(row)
        code = cells.read(SPU_CODE, _code, "")
        pair = {"name": cells.text("属性", 50, 1), "value": cells.text("值", 1000, 1)}
        if not cells.faults and code not in codes:
            cells.faults.append(Refusal(row.line, SPU_CODE, f"no product {code} in the sheet"))
        refusals += cells.faults
        if not cells.faults and pair not in found.setdefault(code, []):
            found[code].append(pair)
    return found, refusals


def read_brands(rows: Iterable[SheetRow]) -> tuple[dict[str, dict[str, Any]], list[Refusal]]:
    """Brands by name, as columns of the brand table."""
    found: dict[str, dict[str, Any]] = {}
    refusals: list[Refusal] = []
    for row in rows:
        cells = Cells(row)
        name = cells.text(BRAND, 60, 1)
        values = {
            "description": cells.text("介绍", 2000),
            "image": cells.read("图片", _image, ""),
            "lowest_price_fen": cells.read("起价(元)", _optional(fen_from_yuan), None),
        }
        if not cells.faults and name in found:
            cells.faults.append(Refusal(row.line, BRAND, f"{name} is already in the sheet"))
        refusals += cells.faults
        if not cells.faults:
            found[name] = values
    return found, refusals


def misleading_prices(reading: Reading) -> list[str]:
    """Rows whose struck-through price isn't above the price: taken, but it isn't shown."""
    return [
        f"line {row.line}, {LIST_PRICE}: not above the selling price, so shoppers don't see it"
        for rows in reading.products.values()
        for row in rows
        if row.list_price_fen is not None and row.list_price_fen <= row.price_fen
    ]
