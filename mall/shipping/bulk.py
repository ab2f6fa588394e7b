"""Many orders shipped by one sheet.

Orders that go whole in one parcel are sent in batches, a transaction a batch. Every other order,
and each that a batch left out, has a transaction of its own, which says what is wrong with it.
All parcels of an order go in, or none; what is wrong with one order stops no other. A parcel
that the order has already isn't recorded again, so the same sheet twice changes nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from psycopg.errors import LockNotAvailable
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from mall.kernel.db import db, transaction
from mall.kernel.errors import MallError
from mall.orders.locking import LockedOrder, lock_order
from mall.orders.states import CLOSED, PAID, UNPAID
from mall.shipping import bulk_units, queries
from mall.shipping.bulk_sheet import SKU, UNITS, ParcelRow
from mall.shipping.bulk_whole import send_whole
from mall.shipping.commands import Label, send_parcel
from mall.shipping.errors import RowRefused, UnknownCarrier

State = Literal["shipped", "already", "refused"]
"""`already`: the order had this parcel before."""

BATCH = 100
"""Orders of one transaction: they are held for some tenths of a second."""
_WHY_NOT = {UNPAID: "订单尚未付款", CLOSED: "订单已关闭"}
_BUSY = "订单正在被修改，请重新上传"
_SHIPPED = "订单已用其他运单号发完货；更正运单号请到订单的物流信息中修改"


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of one row, or in a dry run would become of it."""

    line: int
    order_no: str
    state: State
    reason: str = ""


@dataclass
class BulkShipping:
    """What a sheet did, by row."""

    dry_run: bool
    results: list[RowResult] = field(default_factory=list)

    def count(self, state: State) -> int:
        return sum(result.state == state for result in self.results)


class _DryRun(Exception):
    """Leaves a dry run's transaction, so that nothing is kept."""


def ship_in_bulk(
    rows: Sequence[ParcelRow],
    *,
    dry_run: bool = False,
    advance: Callable[[int], None] = lambda _: None,
) -> BulkShipping:
    """Ship the orders of a sheet, and tell `advance` how many rows are done.

    Rows of one order with the same carrier and number are one parcel. An order with several
    parcels must say by SKU and units what is in each. One number may stand for several orders
    when they go to the same receiver. A dry run does the same work and keeps nothing.
    """
    report = BulkShipping(dry_run)
    carriers = _Carriers(db.session())
    strangers = bulk_units.shared_by_strangers(db.session(), rows)
    db.session.rollback()
    orders: dict[str, list[ParcelRow]] = defaultdict(list)
    for row in rows:
        orders[row.order_no].append(row)
    whole = _whole(orders, carriers, strangers)
    names = list(whole)
    for start in range(0, len(names), BATCH):
        batch = {order_no: whole[order_no] for order_no in names[start : start + BATCH]}
        for order_no, state in _ship_whole(batch, dry_run).items():
            own = orders.pop(order_no)
            report.results += [RowResult(row.line, order_no, state) for row in own]
            advance(len(own))
    for order_no, own in orders.items():
        report.results += _ship_order(order_no, own, carriers, strangers, dry_run)
        advance(len(own))
    report.results.sort(key=lambda result: result.line)
    return report


class _Carriers:
    """Carriers by code or by name."""

    def __init__(self, session: Session) -> None:
        self._names = queries.carriers(session)
        self._codes = {name: code for code, name in self._names.items()}

    def label(self, row: ParcelRow) -> Label:
        code = self._codes.get(row.carrier) or row.carrier.upper()
        if code not in self._names:
            raise UnknownCarrier
        return Label(code, self._names[code], row.tracking_no)


def _whole(
    orders: Mapping[str, Sequence[ParcelRow]], carriers: _Carriers, strangers: Mapping[int, str]
) -> dict[str, Label]:
    """The orders that the sheet sends whole in one parcel, with their labels."""
    found: dict[str, Label] = {}
    for order_no, rows in orders.items():
        if any(row.fault or row.sku_code or row.line in strangers for row in rows):
            continue
        with suppress(UnknownCarrier):
            labels = {carriers.label(row) for row in rows}
            if len(labels) == 1:
                found[order_no] = labels.pop()
    return found


def _ship_whole(labels: Mapping[str, Label], dry_run: bool) -> dict[str, State]:
    """Send a batch: what became of the orders that could be sent with others, or had the parcel.

    Nothing when somebody holds rows of it too long.
    """
    states: dict[str, State] = {}
    try:
        with transaction() as session:
            states = dict.fromkeys(bulk_units.recorded(session, labels), "already")
            new = {no: label for no, label in labels.items() if no not in states}
            states |= dict.fromkeys(send_whole(session, new), "shipped")
            if dry_run:
                raise _DryRun
    except _DryRun:
        pass
    except OperationalError as fault:
        if not isinstance(fault.orig, LockNotAvailable):
            raise
        return {}
    return states


def _ship_order(
    order_no: str,
    rows: Sequence[ParcelRow],
    carriers: _Carriers,
    strangers: Mapping[int, str],
    dry_run: bool,
) -> list[RowResult]:
    faults = {row.line: row.fault or strangers.get(row.line, "") for row in rows}
    bad = next((line for line, fault in faults.items() if fault), None)
    if bad is not None:
        also = f"同一订单的第 {bad} 行有误"
        return [_refused(row, faults[row.line] or also) for row in rows]
    states: dict[Label, State] = {}
    try:
        parcels = _parcels(rows, carriers)
        with transaction() as session:
            order = lock_order(session, order_no)
            states = {label: _send(session, order, label, own) for label, own in parcels.items()}
            if dry_run:
                raise _DryRun
    except _DryRun:
        pass
    except MallError as refusal:
        return [_refused(row, refusal.message) for row in rows]
    except OperationalError as fault:
        if not isinstance(fault.orig, LockNotAvailable):
            raise
        return [_refused(row, _BUSY) for row in rows]
    return [RowResult(row.line, order_no, states[carriers.label(row)]) for row in rows]


def _refused(row: ParcelRow, reason: str) -> RowResult:
    return RowResult(row.line, row.order_no, "refused", reason)


def _parcels(rows: Iterable[ParcelRow], carriers: _Carriers) -> dict[Label, dict[str, int]]:
    """What is in each parcel: units by SKU code, nothing for all that is left."""
    parcels: dict[Label, list[ParcelRow]] = defaultdict(list)
    for row in rows:
        parcels[carriers.label(row)].append(row)
    for own in parcels.values():
        named = [row.sku_code for row in own if row.sku_code]
        if len(set(named)) != len(named):
            raise RowRefused(f"同一包裹的同一 {SKU} 请合并为一行")
        if named and len(named) != len(own):
            raise RowRefused(f"同一包裹的每一行都须填写 {SKU} 和{UNITS}，或都不填")
        if len(parcels) > 1 and not named:
            raise RowRefused(f"该订单有多个运单号，请填写 {SKU} 和{UNITS}说明每个包裹里有什么")
    return {
        label: {row.sku_code: row.units for row in own if row.sku_code}
        for label, own in parcels.items()
    }


def _send(session: Session, order: LockedOrder, label: Label, wanted: Mapping[str, int]) -> State:
    known = bulk_units.in_parcel(session, order.id, label)
    if known is not None:
        if wanted and Counter(wanted) != known:
            raise RowRefused("该运单号已登记在此订单，但商品或数量不同")
        return "already"
    if order.status != PAID:
        raise RowRefused(_WHY_NOT.get(order.status, _SHIPPED))
    units = bulk_units.lines_for(session, order.id, wanted) if wanted else None
    send_parcel(session, order, label, units)
    return "shipped"
