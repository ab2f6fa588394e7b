"""Bring a merchant's sheet into the catalogue.

A batch of products is one transaction, and written by a few statements. Where one of them is
refused by the database, the batch is halved until it stands alone: it takes none of its
neighbours along. What is so already isn't written: a second import changes nothing. Stock goes in
with a new SKU only, because from then on it is counted by sales, not by sheets.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mall.catalog.cache import catalogue_changed
from mall.catalog.importing.columns import SKU_CODE
from mall.catalog.importing.planning import (
    Change,
    KeptProduct,
    Plan,
    brand_changes,
    brand_of,
    category_of,
    plan,
)
from mall.catalog.importing.rows import Attributes, BrandRow, ProductRow, along_with
from mall.catalog.importing.writing import (
    ReceiveStock,
    category_paths,
    kept_products,
    make_names,
    owners_of,
    write_plans,
)
from mall.catalog.models import Brand
from mall.catalog.products import as_mall_error
from mall.catalog.taxonomy import lock_tree
from mall.kernel.db import transaction
from mall.kernel.errors import MallError
from mall.kernel.sheets import Refusal, SheetError
from mall.uploads.errors import UploadGone

BATCH = 200
"""Products a transaction."""


@dataclass
class ImportResult:
    """What an import did or, in a dry run, would do: counts by "thing verb", the fields that
    change, refused rows."""

    counts: Counter[str] = field(default_factory=Counter)
    changes: list[Change] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)


@dataclass(frozen=True)
class Merchandise:
    """What the sheets say. Of a product that `attributes` name, they are all of them.

    `new_only` leaves every product and brand alone that is there already.
    """

    products: Mapping[str, list[ProductRow]]
    attributes: Attributes = field(default_factory=dict)
    brands: Mapping[str, BrandRow] = field(default_factory=dict)
    new_only: bool = False


def import_merchandise(
    goods: Merchandise,
    receive_stock: ReceiveStock,
    *,
    dry_run: bool = False,
    advance: Callable[[int], None] = lambda _: None,
) -> ImportResult:
    """Make the catalogue what the sheets say, and tell `advance` how many rows are done.

    A dry run does the same work and rolls each batch back.
    """
    result = ImportResult()
    with _batch(dry_run) as session:
        _brands(session, goods, result)
    products = list(goods.products.values())
    for start in range(0, len(products), BATCH):
        part = products[start : start + BATCH]
        with _batch(dry_run) as session:
            lock_tree(session)
            _Batch(session, goods, receive_stock, result).run(part)
        advance(sum(map(len, part)))
    return result


class _RolledBack(Exception):
    """Leaves a dry run's transaction."""


@contextmanager
def _batch(dry_run: bool) -> Iterator[Session]:
    try:
        with transaction() as session:
            yield session
            if dry_run:
                raise _RolledBack
    except _RolledBack:
        return


def _brands(session: Session, goods: Merchandise, result: ImportResult) -> None:
    """Write the brands that differ. Raises SheetError for a picture that isn't there."""
    try:
        _write_brands(session, goods, result)
    except UploadGone as fault:
        raise SheetError(f"brands: {fault.message}", fault.message) from None


def _write_brands(session: Session, goods: Merchandise, result: ImportResult) -> None:
    kept = {row.name: row for row in session.execute(select(*Brand.__table__.c))}
    for name, row in goods.brands.items():
        old = kept.get(name)
        changes = brand_changes(row, None if old is None else old._asdict())
        if not changes or (old is not None and goods.new_only):
            result.counts["brands unchanged"] += 1
            continue
        if old is None:
            session.execute(insert(Brand).values(name=name, **row.values))
            result.counts["brands created"] += 1
        else:
            session.execute(update(Brand).where(Brand.id == old.id).values(**row.values))
            result.counts["brands updated"] += 1
        result.changes += changes
        catalogue_changed(session)


class _Batch:
    """The products of one transaction."""

    def __init__(
        self,
        session: Session,
        goods: Merchandise,
        receive_stock: ReceiveStock,
        result: ImportResult,
    ) -> None:
        self.session, self.goods, self.result = session, goods, result
        self.receive_stock = receive_stock

    def run(self, products: Sequence[list[ProductRow]]) -> None:
        """Plan and write these products, as many of them as go in."""
        try:
            with self.session.begin_nested():
                plans, refusals = self._plan(products)
                write_plans(self.session, plans, self.receive_stock)
        except (IntegrityError, MallError) as fault:
            if len(products) > 1:
                half = len(products) // 2
                self.run(products[:half])
                self.run(products[half:])
                return
            told = as_mall_error(fault) if isinstance(fault, IntegrityError) else fault
            if told is None:
                raise
            self.result.refusals += [Refusal(row.line, "", told.message) for row in products[0]]
            return
        self.result.refusals += refusals
        for made in plans:
            self.result.changes += made.changes
            self.result.counts.update(_counted(made))

    def _plan(self, products: Sequence[list[ProductRow]]) -> tuple[list[Plan], list[Refusal]]:
        """What is to be written, and the rows that can't go in. Makes categories and brands."""
        categories = category_paths(self.session)
        kept = kept_products(self.session, [rows[0].spu_code for rows in products], categories)
        owners = owners_of(self.session, [row.sku_code for rows in products for row in rows])
        refusals: list[Refusal] = []
        wanted: list[tuple[list[ProductRow], KeptProduct | None]] = []
        for rows in products:
            old = kept.get(rows[0].spu_code)
            refused = list(_refused(rows, old, owners))
            refusals += refused
            if not refused:
                wanted.append((rows, old))
        names = make_names(
            self.session,
            categories,
            [category_of(rows, old) or () for rows, old in wanted],
            [brand_of(rows) or "" for rows, _ in wanted],
        )
        plans: list[Plan] = []
        for rows, old in wanted:
            if old and self.goods.new_only:
                plans.append(Plan(rows, old))
                continue
            made = plan(rows, old, names, self.goods.attributes.get(rows[0].spu_code))
            if isinstance(made, Plan):
                plans.append(made)
            else:
                refusals += made
        return plans, refusals


def _refused(
    rows: Sequence[ProductRow], kept: KeptProduct | None, owners: Mapping[str, str]
) -> Iterator[Refusal]:
    """Why these rows of a product can't go in, for what else is in the catalogue."""
    if kept and kept.is_archived:
        for row in rows:
            yield Refusal(row.line, "", "商品已归档，不再导入")
        return
    faults = [
        Refusal(row.line, SKU_CODE, f"belongs to product {owners[row.sku_code]}")
        for row in rows
        if owners.get(row.sku_code, row.spu_code) != row.spu_code
    ]
    yield from faults
    if faults:
        yield from along_with(rows, faults[0].line, but={fault.line for fault in faults})


def _counted(made: Plan) -> Counter[str]:
    if made.kept is None:
        return Counter({"products created": 1, "SKUs created": len(made.skus)})
    return Counter(
        {
            "products unchanged" if made.is_empty else "products updated": 1,
            "SKUs created": len(made.skus),
            "SKUs updated": len(made.changed_skus),
            "SKUs unchanged": len(made.rows) - len(made.skus) - len(made.changed_skus),
        }
    )
