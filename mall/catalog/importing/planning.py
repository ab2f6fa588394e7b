"""What a sheet's rows change of a product, compared with what is there. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mall.catalog.html import clean_html
from mall.catalog.importing.columns import (
    BRAND,
    BRAND_FIELDS,
    HEADERS,
    LEVELS,
    NAME,
    PRICE,
    SKU_CODE,
    SPEC_VALUES,
)
from mall.catalog.importing.rows import BrandRow, ProductRow, along_with
from mall.kernel.money import yuan
from mall.kernel.sheets import Refusal
from mall.kernel.uploaded import stored_markup

NEW_PRODUCT: dict[str, Any] = {
    "brief": "",
    "brand_id": None,
    "unit": "件",
    "main_image": "",
    "gallery": [],
    "detail_html": "",
    "spec_names": [],
    "attributes": [],
    "on_shelf": False,
    "is_new": False,
    "is_hot": False,
}
NEW_SKU: dict[str, Any] = {
    "spec_values": [],
    "list_price_fen": None,
    "cost_fen": None,
    "weight_g": 0,
    "volume_cm3": 0,
    "image": "",
    "enabled": True,
}
NEW = "new"
"""What was before, of a product, a SKU or a brand that isn't there."""
_LONGEST_SHOWN = 40


@dataclass(frozen=True)
class KeptProduct:
    """A product as it is: its columns, the names of its categories and its brand, its SKUs by
    code (with `id`)."""

    id: int
    values: Mapping[str, Any]
    category: tuple[str, ...]
    brand: str
    skus: Mapping[str, Mapping[str, Any]]
    is_archived: bool


@dataclass(frozen=True)
class Names:
    """The ids of categories by their path, and of brands."""

    categories: Mapping[tuple[str, ...], int]
    brands: Mapping[str, int]


@dataclass(frozen=True)
class Change:
    """A field that a sheet changes: the line that says so, and both values as text."""

    line: int
    code: str
    header: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.code}, {self.header}: {self.before} → {self.after}"


@dataclass
class Plan:
    """What is to be written of one product; of a new one (`kept` is None) everything.

    `skus` are new ones by code, `changed_skus` the differing columns by id. `before` and `after`
    are for the trail, `changes` for people.
    """

    rows: Sequence[ProductRow]
    kept: KeptProduct | None
    product: dict[str, Any] = field(default_factory=dict)
    skus: dict[str, dict[str, Any]] = field(default_factory=dict)
    changed_skus: dict[int, dict[str, Any]] = field(default_factory=dict)
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)

    @property
    def spu_code(self) -> str:
        return self.rows[0].spu_code

    @property
    def is_empty(self) -> bool:
        """Everything is so already."""
        return self.kept is not None and not (self.product or self.skus or self.changed_skus)


def category_of(rows: Sequence[ProductRow], kept: KeptProduct | None) -> tuple[str, ...] | None:
    """The path of the category that the product shall be in; None to leave it where it is.

    A row that names the first level alone says nothing of those below.
    """
    said = max(
        (row.category for row in rows if row.category),
        key=lambda path: (len(path.names), path.ends),
        default=None,
    )
    if said is None:
        return None
    if kept and not said.ends and kept.category[: len(said.names)] == said.names:
        return None
    return said.names


def brand_of(rows: Sequence[ProductRow]) -> str | None:
    """The brand that is said, "" for none; None to leave it."""
    return next((row.of_product["brand"] for row in rows if "brand" in row.of_product), None)


def plan(
    rows: Sequence[ProductRow],
    kept: KeptProduct | None,
    names: Names,
    attributes: list[dict[str, str]] | None,
) -> Plan | list[Refusal]:
    """What these rows of one product change. `attributes`, where they are said, replace all."""
    faults = list(_missing(rows, kept))
    if faults:
        return [*faults, *along_with(rows, faults[0].line, but={fault.line for fault in faults})]
    made = Plan(rows, kept)
    _plan_product(made, names, attributes)
    _plan_skus(made)
    faults = list(_specs_mismatch(made))
    if faults:
        return [*faults, *along_with(rows, faults[0].line, but={fault.line for fault in faults})]
    return made


def _missing(rows: Sequence[ProductRow], kept: KeptProduct | None) -> Iterator[Refusal]:
    """What a new product, or a new SKU, lacks."""
    first = rows[0]
    if kept is None and not any("name" in row.of_product for row in rows):
        yield Refusal(first.line, NAME, "is empty, and the product is new")
    if kept is None and not any(row.category for row in rows):
        yield Refusal(first.line, LEVELS[0], "is empty, and the product is new")
    for row in rows:
        is_new = kept is None or row.sku_code not in kept.skus
        if is_new and "price_fen" not in row.of_sku:
            yield Refusal(row.line, PRICE, "is empty, and the SKU is new")


def _plan_product(made: Plan, names: Names, attributes: list[dict[str, str]] | None) -> None:
    said: dict[str, Any] = {}
    lines: dict[str, int] = {}
    for row in made.rows:
        for name, value in row.of_product.items():
            lines.setdefault(name, row.line)
            said.setdefault(name, value)
    brand = said.pop("brand", None)
    if brand is not None:
        said["brand_id"] = names.brands[brand] if brand else None
    category = category_of(made.rows, made.kept)
    if category is not None:
        said["category_id"] = names.categories[category]
    if "detail_html" in said:
        said["detail_html"] = stored_markup(clean_html(said["detail_html"]))
    if attributes is not None:
        said["attributes"] = attributes
    if made.kept is None:
        made.product = {"spu_code": made.spu_code, **NEW_PRODUCT, **said}
        made.after = {"spu_code": made.spu_code, "name": said["name"]}
        made.changes.append(Change(lines["name"], made.spu_code, NAME, NEW, said["name"]))
        return
    made.product = _differing(made.kept.values, said)
    made.before |= {name: made.kept.values[name] for name in made.product}
    made.after |= made.product
    texts = {
        "category_id": ("category", "/".join(made.kept.category), "/".join(category or ())),
        "brand_id": ("brand", made.kept.brand, brand),
    }
    for name, value in made.product.items():
        field_name, before, after = texts.get(name, (name, made.kept.values[name], value))
        line = lines.get(field_name, made.rows[0].line)
        made.changes.append(_change(line, made.spu_code, field_name, before, after))


def _plan_skus(made: Plan) -> None:
    kept = made.kept.skus if made.kept else {}
    position = max((sku["position"] for sku in kept.values()), default=-1)
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for row in made.rows:
        old = kept.get(row.sku_code)
        if old is None:
            position += 1
            made.skus[row.sku_code] = {**NEW_SKU, **row.of_sku, "position": position}
            after[row.sku_code] = row.of_sku
            made.changes.append(Change(row.line, made.spu_code, SKU_CODE, NEW, row.sku_code))
            continue
        differing = _differing(old, row.of_sku)
        if differing:
            made.changed_skus[old["id"]] = differing
            before[row.sku_code] = {name: old[name] for name in differing}
            after[row.sku_code] = differing
        for name, value in differing.items():
            made.changes.append(_change(row.line, row.sku_code, name, old[name], value))
    if after and made.kept:
        made.before["skus"], made.after["skus"] = before, after


def _specs_mismatch(made: Plan) -> Iterator[Refusal]:
    """SKUs whose values don't fit the product's specs, and values that two SKUs would have."""
    kept = made.kept
    names = made.product.get("spec_names", kept.values["spec_names"] if kept else [])
    lines = {row.sku_code: row.line for row in made.rows}
    of_sku = {code: sku["spec_values"] for code, sku in made.skus.items()}
    for code, sku in kept.skus.items() if kept else ():
        if sku["enabled"]:
            changed = made.changed_skus.get(sku["id"], {})
            of_sku[code] = changed.get("spec_values", sku["spec_values"])
    taken: dict[tuple[str, ...], str] = {}
    for code, values in sorted(of_sku.items(), key=lambda one: lines.get(one[0], 0)):
        line = lines.get(code, made.rows[0].line)
        if len(values) != len(names):
            told = f"SKU {code} has {len(values)} values for {len(names)} spec names"
            yield Refusal(line, SPEC_VALUES, told)
        elif taken.setdefault(tuple(values), code) != code:
            yield Refusal(line, SPEC_VALUES, f"the same as those of SKU {taken[tuple(values)]}")


def _differing(old: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if old[name] != value}


def brand_changes(row: BrandRow, kept: Mapping[str, Any] | None) -> list[Change]:
    """What a row of the sheet of brands changes of its brand."""
    if kept is None:
        return [Change(row.line, row.name, BRAND, NEW, row.name)]
    return [
        Change(row.line, row.name, column.header, *(_text(column.field, one) for one in both))
        for column in BRAND_FIELDS
        if column.field in row.values
        for both in [(kept[column.field], row.values[column.field])]
        if both[0] != both[1]
    ]


def _change(line: int, code: str, name: str, before: Any, after: Any) -> Change:
    return Change(line, code, HEADERS[name], _text(name, before), _text(name, after))


def _text(name: str, value: Any) -> str:
    if name.endswith("_fen"):
        return "无" if value is None else yuan(value)
    if isinstance(value, bool):
        return "是" if value else "否"
    if name == "attributes":
        value = [f"{pair['name']}={pair['value']}" for pair in value]
    text = "; ".join(value) if isinstance(value, list) else str(value)
    text = " ".join(text.split()) or "无"
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}… ({len(text)} 字)"
