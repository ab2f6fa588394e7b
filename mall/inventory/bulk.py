"""The stock of many SKUs at once: all of the rows go in, or none and a report says why.

A row adds units (takes them out when below zero), or sets what is sellable. Who sets also
says what was there when they looked: a sale since then refuses the row instead of being
written over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.catalog.bulk import Fault
from mall.catalog.models import Sku, Spu
from mall.inventory.errors import StockMismatch
from mall.inventory.models import Stock
from mall.inventory.movements import move_units
from mall.kernel.db import transaction
from mall.staff.audit import record


@dataclass(frozen=True, slots=True)
class StockRow:
    """One row: `line` as its author counts it; either `add`, or `sellable` and `was`. Units."""

    line: int
    sku_code: str
    add: int | None = None
    sellable: int | None = None
    was: int | None = None


@dataclass
class StockReport:
    """What became of a batch. Nothing was written unless `applied`."""

    rows: int
    applied: bool = False
    changed_skus: int = 0
    units_in: int = 0
    units_out: int = 0
    faults: list[Fault] = field(default_factory=list)


def change_stock_in_bulk(
    rows: Sequence[StockRow], *, reason: str, dry_run: bool = False
) -> StockReport:
    """Write all rows or none; with `dry_run` say only what would become of them.

    Each SKU that changes gets a movement and an audit row of its own.
    """
    report = StockReport(rows=len(rows))
    with transaction() as session:
        sku_ids = _sku_ids(session, {row.sku_code for row in rows})
        sellable = _sellable(session, sku_ids.values(), lock=not dry_run)
        deltas = _deltas(rows, sku_ids, sellable, report)
        report.changed_skus = len(deltas)
        report.units_in = sum(delta for delta in deltas.values() if delta > 0)
        report.units_out = -sum(delta for delta in deltas.values() if delta < 0)
        if not report.faults and not dry_run:
            _write(session, deltas, sellable, reason)
            report.applied = True
    return report


def _sku_ids(session: Session, codes: set[str]) -> dict[str, int]:
    found = session.execute(
        select(Sku.sku_code, Sku.id)
        .join(Spu, Spu.id == Sku.spu_id)
        .where(Sku.sku_code.in_(codes), Spu.archived_at.is_(None))
    )
    return {row.sku_code: row.id for row in found}


def _sellable(session: Session, ids: Collection[int], *, lock: bool) -> dict[int, int]:
    """What is sellable of each SKU; with `lock` no sale changes it before the commit."""
    sku_ids = sorted(ids)
    query = select(Stock.sku_id, Stock.sellable).where(Stock.sku_id.in_(sku_ids))
    if lock and sku_ids:
        # A SKU without a row couldn't be locked.
        missing = [{"sku_id": sku_id} for sku_id in sku_ids]
        session.execute(insert(Stock).values(missing).on_conflict_do_nothing())
        query = query.order_by(Stock.sku_id).with_for_update(key_share=True)
    found = {row.sku_id: row.sellable for row in session.execute(query)}
    return {sku_id: found.get(sku_id, 0) for sku_id in sku_ids}


def _deltas(
    rows: Sequence[StockRow],
    sku_ids: Mapping[str, int],
    sellable: Mapping[int, int],
    report: StockReport,
) -> dict[int, int]:
    """Units to receive (above zero) or to take out, by SKU; faults go to the report."""
    deltas: dict[int, int] = {}
    seen: Counter[str] = Counter()
    for row in rows:
        seen[row.sku_code] += 1
        fault = _fault(row, sku_ids, sellable, again=seen[row.sku_code] > 1)
        if fault is not None:
            report.faults.append(fault)
            continue
        sku_id = sku_ids[row.sku_code]
        delta = row.add if row.sellable is None else row.sellable - sellable[sku_id]
        if delta:
            deltas[sku_id] = delta
    return deltas


def _fault(
    row: StockRow, sku_ids: Mapping[str, int], sellable: Mapping[int, int], *, again: bool
) -> Fault | None:
    sku_id = sku_ids.get(row.sku_code)
    if sku_id is None:
        return Fault(row.line, "sku_code", "没有这个 SKU，或商品已归档")
    if again:
        return Fault(row.line, "sku_code", "同一个 SKU 出现了两次")
    if row.sellable is not None and row.was != sellable[sku_id]:
        return Fault(row.line, "was", f"可售数量已变为 {sellable[sku_id]}，请核对后重试")
    if row.add is not None and row.add < -sellable[sku_id]:
        return Fault(row.line, "add", f"可售仅 {sellable[sku_id]} 件，不够扣减")
    return None


def _write(
    session: Session, deltas: Mapping[int, int], sellable: Mapping[int, int], reason: str
) -> None:
    kinds = {
        "put_in": {sku_id: delta for sku_id, delta in deltas.items() if delta > 0},
        "take_out": {sku_id: -delta for sku_id, delta in deltas.items() if delta < 0},
    }
    for kind, quantities in kinds.items():
        short = move_units(session, kind, quantities, ref="staff", reason=reason)
        if short:
            raise StockMismatch(f"bulk {kind}: SKU {short} changed under its lock")
    for sku_id, delta in sorted(deltas.items()):
        record(
            session,
            action="stock.bulk_change",
            target_type="sku",
            target_id=sku_id,
            before={"sellable": sellable[sku_id]},
            after={"sellable": sellable[sku_id] + delta, "reason": reason},
        )
