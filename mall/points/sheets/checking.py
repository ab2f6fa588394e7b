"""The dry run: a sheet is read, each line is checked and kept, and nothing is given.

Memory holds a batch of lines beside the file itself (`receiving.MAX_BYTES`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, text
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Session

from mall.catalog.errors import SheetUnreadable
from mall.kernel.clock import shop_day
from mall.kernel.db import db_now, transaction
from mall.kernel.http.access import Staff
from mall.kernel.sheets import SheetError, SheetRow, normal, stream_sheet
from mall.points.sheets.errors import PointsSheetKeyUsed
from mall.points.sheets.models import (
    CANCELED,
    CHECKED,
    FAULTY,
    LINE_FAULTY,
    READY,
    PointsSheet,
    PointsSheetLine,
)
from mall.points.sheets.rows import LAST_DAY, PHONE, POINTS, REFERENCE, USER_ID, Line, read_line
from mall.points.sheets.shoppers import find_shoppers
from mall.points.sheets.sources import ENTRY_KINDS, REFERENCED
from mall.staff.audit import record

AT_MOST = 50_000
"""Lines of one sheet."""
BATCH = 1_000
_OPENING_COLUMNS = (LAST_DAY, REFERENCE)
# Without a reference, a shopper who stands twice in a list is most often a slip.
_REPEATED = text(
    """
    UPDATE points_sheet_lines l SET status = 'faulty', reason = '与第 ' || f.first || ' 行重复'
    FROM (
        SELECT line, min(line) OVER (PARTITION BY
            coalesce('r' || reference, 'u' || user_id)) AS first
        FROM points_sheet_lines WHERE sheet_id = :sheet_id AND status = 'ready'
    ) f
    WHERE l.sheet_id = :sheet_id AND l.line = f.line AND f.first < f.line
    """
)
_ALREADY = text(
    """
    UPDATE points_sheet_lines l
    SET status = CASE WHEN e.user_id = l.user_id AND t.granted = l.points
                      THEN 'already' ELSE 'faulty' END,
        reason = CASE WHEN e.user_id = l.user_id AND t.granted = l.points
                      THEN '该外部编号此前已发放' ELSE '该外部编号已用于其他发放' END
    FROM points_entries e JOIN points_lots t ON t.entry_id = e.id
    WHERE l.sheet_id = :sheet_id AND l.status = 'ready' AND l.reference IS NOT NULL
      AND e.kind = :kind AND e.source = :prefix || l.reference
    """
)
_COUNT = text(
    """
    UPDATE points_sheets s
    SET lines = c.lines, faulty_lines = c.faulty, already_lines = c.already, points = c.points,
        status = CASE WHEN c.faulty > 0 THEN 'faulty' ELSE 'checked' END
    FROM (
        SELECT count(*) AS lines, count(*) FILTER (WHERE status = 'faulty') AS faulty,
               count(*) FILTER (WHERE status = 'already') AS already,
               coalesce(sum(points) FILTER (WHERE status = 'ready'), 0) AS points
        FROM points_sheet_lines WHERE sheet_id = :sheet_id
    ) c
    WHERE s.id = :sheet_id
    """
)


@dataclass(frozen=True, slots=True)
class Form:
    """What staff say of a sheet: a name of its own, its kind, the reason that entries note."""

    key: str
    kind: str
    reason: str


def check_sheet(staff: Staff, form: Form, path: Path) -> int:
    """Check a sheet and keep it with its lines; its id. Nothing is given.

    The same sheet under the same key again is the one that is there. A sheet with a faulty line,
    or one that was canceled, leaves its key free. Raises SheetUnreadable, PointsSheetKeyUsed.
    """
    digest = hashlib.sha256(path.read_bytes()).digest()
    with transaction() as session:
        sheet_id = _begin(session, staff, form, digest)
        if sheet_id is None:
            return _known(session, form, digest)
        try:
            _keep_lines(session, sheet_id, form.kind, path)
        except SheetError as fault:
            raise SheetUnreadable(f"表格无法读取：{fault.told}") from None
        session.execute(_REPEATED, {"sheet_id": sheet_id})
        of_kind = {"kind": ENTRY_KINDS[form.kind], "prefix": REFERENCED}
        session.execute(_ALREADY, {"sheet_id": sheet_id, **of_kind})
        session.execute(_COUNT, {"sheet_id": sheet_id})
        _leave_trail(session, sheet_id, form)
        return sheet_id


def _begin(session: Session, staff: Staff, form: Form, digest: bytes) -> int | None:
    """A new sheet; none when the key names one already."""
    return session.scalar(
        pg_insert(PointsSheet)
        .values(
            key=form.key,
            kind=form.kind,
            reason=form.reason,
            digest=digest,
            status=CHECKED,
            checked_by=staff.staff_id,
        )
        .on_conflict_do_nothing(
            index_elements=["key"], index_where=text("status NOT IN ('faulty', 'canceled')")
        )
        .returning(PointsSheet.id)
    )


def _known(session: Session, form: Form, digest: bytes) -> int:
    known = session.execute(
        select(PointsSheet.id, PointsSheet.digest, PointsSheet.kind, PointsSheet.reason).where(
            PointsSheet.key == form.key, PointsSheet.status.not_in((FAULTY, CANCELED))
        )
    ).one_or_none()
    if known is None or (known.digest, known.kind, known.reason) != (
        *(digest, form.kind),
        form.reason,
    ):
        raise PointsSheetKeyUsed(param="key")
    return int(known.id)


def _keep_lines(session: Session, sheet_id: int, kind: str, path: Path) -> None:
    headers, rows = stream_sheet(path)
    _check_headers(headers, kind)
    today = shop_day(db_now(session))
    count = 0
    for batch in _batches(rows):
        count += len(batch)
        if count > AT_MOST:
            raise SheetUnreadable(f"一次最多 {AT_MOST} 行", param="file")
        lines = find_shoppers(session, [read_line(row, kind, today) for row in batch])
        session.execute(insert(PointsSheetLine), [_kept(sheet_id, line) for line in lines])
    if not count:
        raise SheetUnreadable("表格中没有数据", param="file")


def _check_headers(headers: tuple[str, ...], kind: str) -> None:
    needed = (POINTS, *(_OPENING_COLUMNS if kind == "opening" else ()))
    missing = [name for name in needed if normal(name) not in headers]
    if not {USER_ID, PHONE} & set(headers):
        missing.insert(0, f"{USER_ID}或{PHONE}")
    if missing:
        raise SheetUnreadable(f"缺少列：{'、'.join(missing)}", param="file")


def _batches(rows: Iterable[SheetRow]) -> Iterator[list[SheetRow]]:
    left = iter(rows)
    while batch := list(islice(left, BATCH)):
        yield batch


def _kept(sheet_id: int, line: Line) -> dict[str, Any]:
    return {
        "sheet_id": sheet_id,
        "line": line.line,
        "user_id": line.user_id,
        "points": line.points,
        "expires_on": line.expires_on,
        "lasts": line.lasts,
        "reference": line.reference,
        "note": line.note,
        "status": LINE_FAULTY if line.fault else READY,
        "reason": line.fault,
    }


def _leave_trail(session: Session, sheet_id: int, form: Form) -> None:
    columns = PointsSheet.__table__.c
    kept = session.execute(
        select(columns.lines, columns.faulty_lines, columns.points).where(columns.id == sheet_id)
    ).one()
    record(
        session,
        action="points_sheet.check",
        target_type="points_sheet",
        target_id=sheet_id,
        after={"key": form.key, "kind": form.kind, "reason": form.reason, **kept._asdict()},
    )
