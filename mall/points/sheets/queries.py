"""Reads of sheets of points, for staff."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from mall.kernel.db import connect_transactional
from mall.kernel.sheet_chunks import BATCH, Number, Row
from mall.points.sheets.errors import PointsSheetNotFound
from mall.points.sheets.models import CANCELED, FAULTY, PointsSheet, PointsSheetLine

HEADER = ("行号", "用户编号", "积分", "到期日", "外部编号", "备注", "结果", "原因", "流水编号")
_LABELS = {
    "ready": "待发放",
    "faulty": "有误",
    "already": "此前已发放",
    "given": "已发放",
    "refused": "未发放",
}


def sheets(session: Session, *, before: int | None, limit: int) -> Sequence[PointsSheet]:
    """Sheets, newest first; one more than `limit`."""
    query = select(PointsSheet).order_by(PointsSheet.id.desc()).limit(limit + 1)
    if before is not None:
        query = query.where(PointsSheet.id < before)
    return session.scalars(query).all()


def sheet(session: Session, sheet_id: int) -> PointsSheet:
    """One sheet as it stands now. Raises PointsSheetNotFound."""
    found = session.scalar(
        select(PointsSheet)
        .where(PointsSheet.id == sheet_id)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise PointsSheetNotFound
    return found


def same_content(session: Session, known: PointsSheet) -> str | None:
    """The key of another sheet with the very same content that can be given, or was."""
    return session.scalar(
        select(PointsSheet.key)
        .where(
            PointsSheet.digest == known.digest,
            PointsSheet.id != known.id,
            PointsSheet.status.not_in((FAULTY, CANCELED)),
        )
        .order_by(PointsSheet.id)
        .limit(1)
    )


def lines(
    session: Session, sheet_id: int, *, status: str | None, after: int, limit: int
) -> Sequence[PointsSheetLine]:
    """Lines of a sheet after that number, in its order; one more than `limit`."""
    line = PointsSheetLine
    query = select(line).where(line.sheet_id == sheet_id, line.line > after)
    if status is not None:
        query = query.where(line.status == status)
    return session.scalars(query.order_by(line.line).limit(limit + 1)).all()


def line_rows(engine: Engine, sheet_id: int) -> Iterator[Row]:
    """All lines for an export, from a cursor in the server."""
    columns = PointsSheetLine.__table__.c
    query = select(*columns).where(columns.sheet_id == sheet_id).order_by(columns.line)
    streaming = connect_transactional(engine).execution_options(
        stream_results=True, yield_per=BATCH
    )
    with streaming as connection:
        for batch in connection.execute(query).partitions(BATCH):
            yield from map(_cells, batch)


def _cells(row: Any) -> Row:
    last_day = "永久" if row.lasts else str(row.expires_on or "")
    return (
        Number(row.line),
        str(row.user_id or ""),
        "" if row.points is None else Number(row.points),
        *(last_day, row.reference or "", row.note),
        *(_LABELS[row.status], row.reason, str(row.entry_id or "")),
    )
