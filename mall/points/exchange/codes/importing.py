"""Importing codes: all good rows at once, or, with faults, none. Known codes are left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.catalog.bulk import Fault
from mall.kernel.db import db_now, transaction
from mall.kernel.sealed import sealer
from mall.points.exchange.codes.matching import match_stock
from mall.points.exchange.codes.models import (
    FREE,
    SEAL,
    TAKEN_OUT,
    ExchangeCode,
    ExchangeCodeBatch,
)
from mall.points.exchange.errors import ExchangeItemEnded, ExchangeNoCodes
from mall.points.exchange.items.stock import lock_item
from mall.points.exchange.models import CODE
from mall.points.exchange.settings import CODE_MIN_DAYS
from mall.staff.audit import record, staff_of_request

MAX_CODES = 5_000
MAX_CODE = 500
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended('exchange codes', 0))")
REPEATED, KNOWN, TOO_OLD = "与前面的行重复", "已导入过", "已过期或即将过期"


@dataclass(frozen=True, slots=True)
class CodeRow:
    """A code as staff gave it: `line` as they count it. None never expires."""

    line: int
    code: str = field(repr=False)
    expires_at: datetime | None = None


@dataclass(slots=True)
class ImportReport:
    """What became of an import. Nothing was written unless `batch_id` says where."""

    rows: int
    new: int = 0
    batch_id: int | None = None
    duplicates: list[Fault] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def import_codes(
    item_id: int,
    name: str,
    rows: Sequence[CodeRow],
    *,
    faults: Sequence[Fault] = (),
    restore: bool = False,
    dry_run: bool = False,
) -> ImportReport:
    """Seal and keep the codes that the shop doesn't know; the item's stock grows by them.

    With `restore`, codes that were withdrawn or had expired before anybody got them go in again,
    with the date of this import; they leave their old batch and item. Nothing goes in with
    `dry_run`, or when a row is at fault (`faults` are those that were found while reading). The
    same codes again are all duplicates, and change nothing. Raises ExchangeItemNotFound,
    ExchangeNoCodes, ExchangeItemEnded.
    """
    with transaction() as session:
        # Imports go one after the other, so that what isn't known now isn't at the end either.
        session.execute(_ONE_AT_A_TIME)
        item = lock_item(session, item_id)
        if item.kind != CODE:
            raise ExchangeNoCodes
        if item.ended_at is not None:
            raise ExchangeItemEnded
        report = ImportReport(len(rows) + len({fault.line for fault in faults}))
        fresh = _fresh(session, rows, report, restore=restore)
        report.faults = sorted([*faults, *report.faults], key=lambda fault: fault.line)
        report.new = len(fresh)
        if dry_run or report.faults or not fresh:
            return report
        report.batch_id = _write(session, item_id, name, fresh)
        match_stock(session, item_id)
        record(
            session,
            action="exchange_codes.import",
            target_type="exchange_item",
            target_id=item_id,
            after={"batch_id": report.batch_id, "name": name, "codes": report.new},
        )
        return report


Fresh = dict[bytes, CodeRow]


def _fresh(
    session: Session, rows: Sequence[CodeRow], report: ImportReport, *, restore: bool
) -> Fresh:
    """Codes that go in, by fingerprint; the report says what is wrong with the others."""
    first_day = db_now(session) + timedelta(days=CODE_MIN_DAYS.get())
    found: Fresh = {}
    for row in rows:
        fingerprint = sealer().blind_index(row.code, SEAL)
        if fingerprint in found:
            report.duplicates.append(Fault(row.line, "code", REPEATED))
        elif row.expires_at is not None and row.expires_at <= first_day:
            report.faults.append(Fault(row.line, "expires_at", TOO_OLD))
        else:
            found[fingerprint] = row
    query = select(ExchangeCode.fingerprint).where(ExchangeCode.fingerprint.in_(found))
    if restore:
        query = query.where(ExchangeCode.status.not_in(TAKEN_OUT))
    for fingerprint in session.scalars(query).all():
        report.duplicates.append(Fault(found.pop(fingerprint).line, "code", KNOWN))
    report.duplicates.sort(key=lambda fault: fault.line)
    return found


def _write(session: Session, item_id: int, name: str, fresh: Fresh) -> int:
    staff = staff_of_request()
    batch_id: int = session.execute(
        insert(ExchangeCodeBatch)
        .values(item_id=item_id, name=name, staff_id=staff.staff_id if staff else None)
        .returning(ExchangeCodeBatch.id)
    ).scalar_one()
    rows = [
        {
            "batch_id": batch_id,
            "item_id": item_id,
            "sealed": sealer().seal(row.code, SEAL),
            "fingerprint": fingerprint,
            "expires_at": row.expires_at,
        }
        for fingerprint, row in fresh.items()
    ]
    statement = insert(ExchangeCode)
    columns = ("batch_id", "item_id", "sealed", "expires_at")
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[ExchangeCode.fingerprint],
            set_={"status": FREE, **{name: statement.excluded[name] for name in columns}},
            where=ExchangeCode.order_id.is_(None),
        ),
        rows,
    )
    return batch_id
