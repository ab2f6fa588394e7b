"""Bring a merchant's sheet into the catalogue.

A batch of products is one transaction; within it each product has a savepoint, so that a
product that the database refuses takes none of its neighbours along. What is so already
isn't written: a second import changes nothing. Stock goes in with a new SKU only, because
from then on it is counted by sales, not by sheets.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mall.catalog.cache import catalogue_changed
from mall.catalog.errors import ProductNotFound
from mall.catalog.models import Brand, Category, Sku, Spu
from mall.catalog.product_data import ProductData
from mall.catalog.products import as_mall_error
from mall.catalog.search_index import reindex
from mall.catalog.sheet_products import columns_to_keep, product_data_of
from mall.catalog.sheet_rows import SKU_CODE, Attributes, ProductRow
from mall.catalog.taxonomy import add_category, lock_tree
from mall.catalog.writing import insert_product, rewrite_product, skus_of
from mall.kernel.db import transaction
from mall.kernel.errors import MallError
from mall.kernel.sheets import Refusal, SheetError
from mall.staff.audit import record
from mall.uploads.errors import UploadGone

BATCH = 50
"""Products a transaction."""
ReceiveStock = Callable[[Session, int, int], None]
"""(session, sku_id, quantity): stock is kept by a feature above this one."""


@dataclass
class ImportResult:
    """What an import did or, in a dry run, would do: counts by "thing verb", refused rows."""

    counts: Counter[str] = field(default_factory=Counter)
    refusals: list[Refusal] = field(default_factory=list)


@dataclass(frozen=True)
class Merchandise:
    """What the sheets say. `columns` are those that the sheet has: no other is touched.

    `new_only` leaves every product and brand alone that is there already.
    """

    products: Mapping[str, list[ProductRow]]
    columns: frozenset[str]
    attributes: Attributes | None = None
    brands: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
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
        raise SheetError(f"brands: {fault.message}", f"品牌：{fault.message}") from None


def _write_brands(session: Session, goods: Merchandise, result: ImportResult) -> None:
    kept = {row.name: row for row in session.execute(select(*Brand.__table__.c))}
    for name, values in goods.brands.items():
        old = kept.get(name)
        if old is None:
            session.execute(insert(Brand).values(name=name, **values))
            result.counts["brands created"] += 1
        elif not goods.new_only and any(
            old._mapping[key] != value for key, value in values.items()
        ):
            session.execute(update(Brand).where(Brand.id == old.id).values(**values))
            result.counts["brands updated"] += 1
        else:
            result.counts["brands unchanged"] += 1
            continue
        catalogue_changed(session)


class _Batch:
    """The products of one transaction, and the names that they meet on the way."""

    def __init__(
        self,
        session: Session,
        goods: Merchandise,
        receive_stock: ReceiveStock,
        result: ImportResult,
    ) -> None:
        self.session, self.goods, self.result = session, goods, result
        self.receive_stock = receive_stock
        self.written: list[int] = []
        self.keep = columns_to_keep(goods.columns, attributes=goods.attributes is not None)

    def run(self, products: Sequence[list[ProductRow]]) -> None:
        lock_tree(self.session)
        self.categories = self._category_ids()
        brands = self.session.execute(select(Brand.name, Brand.id))
        self.brands: dict[str, int] = {row.name: row.id for row in brands}
        strangers = self._codes_of_others(products)
        for rows in products:
            own = [row for row in rows if row.sku_code not in strangers]
            self.result.refusals += [
                Refusal(row.line, SKU_CODE, f"belongs to product {strangers[row.sku_code]}")
                for row in rows
                if row.sku_code in strangers
            ]
            if own:
                self._product(own)
        if self.written:
            reindex(self.session, self.written)
            catalogue_changed(self.session)

    def _codes_of_others(self, products: Sequence[list[ProductRow]]) -> dict[str, str]:
        """SKU codes of these rows that another product has, with that product's code."""
        wanted = {row.sku_code: row.spu_code for rows in products for row in rows}
        found = self.session.execute(
            select(Sku.sku_code, Spu.spu_code)
            .join_from(Sku, Spu, Spu.id == Sku.spu_id)
            .where(Sku.sku_code.in_(wanted))
        )
        return {sku: spu for sku, spu in found if wanted[sku] != spu}

    def _product(self, rows: list[ProductRow]) -> None:
        data = product_data_of(
            rows,
            category_id=self._category(rows[0].categories),
            brand_id=self._brand(rows[0].brand),
            attributes=(self.goods.attributes or {}).get(rows[0].spu_code, []),
        )
        try:
            with self.session.begin_nested():
                done = self._write(data, rows)
        except (IntegrityError, MallError) as fault:
            told = as_mall_error(fault) if isinstance(fault, IntegrityError) else fault
            if told is None:
                raise
            self.result.refusals += [Refusal(row.line, "", told.message) for row in rows]
            return
        self.result.counts.update(done)

    def _write(self, data: ProductData, rows: list[ProductRow]) -> Counter[str]:
        old = self.session.execute(
            select(Spu.id, Spu.on_shelf, Spu.archived_at)
            .where(Spu.spu_code == data.spu_code)
            .with_for_update()
        ).first()
        if old is None:
            return self._create(data, rows)
        if self.goods.new_only:
            return Counter({"products unchanged": 1, "SKUs unchanged": len(rows)})
        if old.archived_at is not None:
            raise ProductNotFound("商品已归档，不再导入")
        known = set(skus_of(self.session, old.id))
        before, after = rewrite_product(self.session, old.id, data, keep=self.keep)
        if "上架" in self.goods.columns and old.on_shelf != rows[0].on_shelf:
            before["on_shelf"], after["on_shelf"] = old.on_shelf, rows[0].on_shelf
            self._shelve(old.id, rows[0].on_shelf)
        self._stock(old.id, rows, known)
        if after:
            self._note(old.id, before, after)
        return self._counted(rows, known, after)

    def _create(self, data: ProductData, rows: list[ProductRow]) -> Counter[str]:
        spu_id = insert_product(self.session, data, on_shelf=rows[0].on_shelf)
        self._stock(spu_id, rows, known=set())
        self._note(spu_id, None, {"spu_code": data.spu_code, "name": data.name})
        return Counter({"products created": 1, "SKUs created": len(rows)})

    def _counted(
        self, rows: list[ProductRow], known: set[str], after: dict[str, Any]
    ) -> Counter[str]:
        codes = {row.sku_code for row in rows}
        changed = set(after.get("skus", {})) & known
        return Counter(
            {
                "products updated" if after else "products unchanged": 1,
                "SKUs created": len(codes - known),
                "SKUs updated": len(changed),
                "SKUs unchanged": len((codes & known) - changed),
            }
        )

    def _stock(self, spu_id: int, rows: list[ProductRow], known: set[str]) -> None:
        fresh = {row.sku_code: row.stock for row in rows if row.sku_code not in known}
        if not fresh:
            return
        for code, sku in skus_of(self.session, spu_id).items():
            if fresh.get(code):
                self.receive_stock(self.session, sku["id"], fresh[code])

    def _shelve(self, spu_id: int, on_shelf: bool) -> None:
        self.session.execute(
            update(Spu)
            .where(Spu.id == spu_id)
            .values(on_shelf=on_shelf, updated_at=func.clock_timestamp())
        )

    def _note(
        self, spu_id: int, before: dict[str, Any] | None, after: dict[str, Any] | None
    ) -> None:
        self.written.append(spu_id)
        record(
            self.session,
            action="spu.import",
            target_type="spu",
            target_id=spu_id,
            before=before,
            after=after,
        )

    def _category_ids(self) -> dict[tuple[int | None, str], int]:
        rows = self.session.execute(select(Category.parent_id, Category.name, Category.id))
        return {(row.parent_id, row.name): row.id for row in rows}

    def _category(self, names: Sequence[str]) -> int:
        parent_id: int | None = None
        for name in names:
            found = self.categories.get((parent_id, name))
            if found is None:
                found = add_category(self.session, parent_id=parent_id, name=name)
                self.categories[parent_id, name] = found
            parent_id = found
        assert parent_id is not None
        return parent_id

    def _brand(self, name: str) -> int | None:
        if name and name not in self.brands:
            self.brands[name] = self.session.execute(
                insert(Brand).values(name=name).returning(Brand.id)
            ).scalar_one()
        return self.brands.get(name)
