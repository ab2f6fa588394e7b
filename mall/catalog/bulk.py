"""Many prices and shelves at once: all of the rows go in, or none and a report says why.

A row names a SKU (its prices, whether it is on offer), a product (whether it is on the
shelf), or both. What a row doesn't say stays as it is. Prices in fen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mall.catalog.cache import catalogue_changed
from mall.catalog.models import Sku, Spu
from mall.catalog.products import as_mall_error
from mall.catalog.writing import refresh_prices
from mall.kernel.db import transaction
from mall.staff.audit import record

AT_MOST = 1000
SKU_FIELDS = ("price_fen", "list_price_fen", "cost_fen", "enabled")


@dataclass(frozen=True, slots=True)
class BulkRow:
    """One row: `line` as its author counts it, `changes` only of what it says."""

    line: int
    sku_code: str | None
    spu_code: str | None
    changes: Mapping[str, Any]

    def of_sku(self) -> dict[str, Any]:
        return {name: self.changes[name] for name in SKU_FIELDS if name in self.changes}


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row can't go in. `field` is what is wrong with it."""

    line: int
    field: str
    reason: str


@dataclass
class BulkReport:
    """What became of a batch. Nothing was written unless `applied`."""

    rows: int
    applied: bool = False
    changed_skus: int = 0
    changed_products: int = 0
    faults: list[Fault] = field(default_factory=list)


@dataclass
class _Batch:
    """The rows against what is there now, under lock."""

    skus: dict[str, Any]
    spus: dict[str, Any]
    report: BulkReport
    sku_changes: dict[int, dict[str, Any]] = field(default_factory=dict)
    shelves: dict[int, bool] = field(default_factory=dict)

    def refuse(self, row: BulkRow, name: str, reason: str) -> None:
        self.report.faults.append(Fault(row.line, name, reason))


def change_in_bulk(rows: Sequence[BulkRow], *, dry_run: bool = False) -> BulkReport:
    """Write all rows or none; with `dry_run` say only what would become of them.

    A product that changes gets an audit row of its own. Raises SpecValuesTaken when
    a SKU is offered again whose spec values another one has taken.
    """
    report = BulkReport(rows=len(rows))
    with transaction() as session:
        batch = _Batch(*_lock(session, rows), report)
        for row in rows:
            _take(batch, row)
        report.faults.sort(key=lambda fault: fault.line)
        report.changed_skus = len(batch.sku_changes)
        report.changed_products = len(batch.shelves)
        if report.faults or dry_run:
            return report
        try:
            _write(session, batch)
        except IntegrityError as fault:
            raise as_mall_error(fault) or fault from None
        report.applied = True
        return report


def _lock(session: Session, rows: Sequence[BulkRow]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The SKUs and the products by their codes; the products are held until the commit."""
    sku_codes = {row.sku_code for row in rows if row.sku_code}
    spu_codes = {row.spu_code for row in rows if row.spu_code}
    owners = select(Sku.spu_id).where(Sku.sku_code.in_(sku_codes))
    spus = session.execute(
        select(Spu.id, Spu.spu_code, Spu.on_shelf)
        .where(Spu.archived_at.is_(None), or_(Spu.spu_code.in_(spu_codes), Spu.id.in_(owners)))
        .order_by(Spu.id)
        .with_for_update()
    ).all()
    skus = session.execute(
        select(
            Sku.id, Sku.sku_code, Sku.spu_id, Spu.spu_code, *(getattr(Sku, n) for n in SKU_FIELDS)
        )
        .join(Spu, Spu.id == Sku.spu_id)
        .where(Sku.sku_code.in_(sku_codes), Sku.spu_id.in_([spu.id for spu in spus]))
    ).all()
    return {sku.sku_code: sku for sku in skus}, {spu.spu_code: spu for spu in spus}


def _take(batch: _Batch, row: BulkRow) -> None:
    sku = batch.skus.get(row.sku_code) if row.sku_code else None
    spu = batch.spus.get(row.spu_code) if row.spu_code else None
    if row.sku_code and sku is None:
        batch.refuse(row, "sku_code", "没有这个 SKU，或商品已归档")
    elif row.spu_code and spu is None:
        batch.refuse(row, "spu_code", "没有这个商品，或已归档")
    elif sku is not None and spu is not None and sku.spu_id != spu.id:
        batch.refuse(row, "sku_code", "SKU 不属于这个商品")
    else:
        _take_sku(batch, row, sku)
        _take_shelf(batch, row, spu)


def _take_sku(batch: _Batch, row: BulkRow, sku: Any) -> None:
    wanted = row.of_sku()
    if sku is None:
        if wanted:
            batch.refuse(row, next(iter(wanted)), "改价、启用须写明 SKU 编号")
        return
    if sku.id in batch.sku_changes:
        batch.refuse(row, "sku_code", "同一个 SKU 出现了两次")
        return
    list_price = wanted.get("list_price_fen", sku.list_price_fen)
    if list_price is not None and list_price < wanted.get("price_fen", sku.price_fen):
        batch.refuse(row, "list_price_fen", "划线价低于售价")
    differing = {name: value for name, value in wanted.items() if getattr(sku, name) != value}
    if differing:
        batch.sku_changes[sku.id] = differing


def _take_shelf(batch: _Batch, row: BulkRow, spu: Any) -> None:
    wanted = row.changes.get("on_shelf")
    if wanted is None:
        return
    if spu is None:
        batch.refuse(row, "on_shelf", "上下架须写明商品编号")
    elif batch.shelves.get(spu.id, wanted) != wanted:
        batch.refuse(row, "on_shelf", "同一商品的上下架前后不一致")
    elif spu.on_shelf != wanted:
        batch.shelves[spu.id] = wanted


def _write(session: Session, batch: _Batch) -> None:
    before: dict[int, dict[str, Any]] = defaultdict(dict)
    after: dict[int, dict[str, Any]] = defaultdict(dict)
    for sku in sorted(batch.skus.values(), key=lambda sku: int(sku.id)):
        changes = batch.sku_changes.get(sku.id)
        if changes:
            session.execute(update(Sku).where(Sku.id == sku.id).values(**changes))
            before[sku.spu_id][sku.sku_code] = {name: getattr(sku, name) for name in changes}
            after[sku.spu_id][sku.sku_code] = changes
    for spu_id in sorted(after):
        refresh_prices(session, [spu_id])
    for spu_id, on_shelf in sorted(batch.shelves.items()):
        session.execute(
            update(Spu)
            .where(Spu.id == spu_id)
            .values(on_shelf=on_shelf, updated_at=func.clock_timestamp())
        )
        before[spu_id]["on_shelf"], after[spu_id]["on_shelf"] = not on_shelf, on_shelf
    for spu_id in sorted(after):
        record(
            session,
            action="spu.bulk_change",
            target_type="spu",
            target_id=spu_id,
            before=before[spu_id],
            after=after[spu_id],
        )
    if after:
        catalogue_changed(session)
