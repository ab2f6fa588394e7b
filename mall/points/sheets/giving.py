"""Giving the lines of a sheet, in batches: each batch is done or isn't, so a kill loses nothing.

Lock order: the sheet, then the accounts by ascending shopper.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from mall.kernel.clock import day_start, shop_day
from mall.kernel.db import db_now, transaction
from mall.kernel.failpoints import around_commit
from mall.kernel.ledger import Reason
from mall.points.ledger import accounts
from mall.points.ledger.models import PointsLot
from mall.points.ledger.posting import post
from mall.points.ledger.validity import end_of_day, valid_until
from mall.points.sheets.models import (
    ALREADY,
    DONE,
    GIVEN,
    READY,
    REFUSED,
    RUNNING,
    PointsSheet,
    PointsSheetLine,
)
from mall.points.sheets.sources import ENTRY_KINDS, source_of
from mall.points.sheets.starting import lock_sheet
from mall.staff.audit import record
from mall.users.queries import open_accounts

BATCH = 200
"""Lines of one transaction: their accounts are locked until its end, a few tenths of a second."""
_END = text(
    """
    UPDATE points_sheet_lines l SET status = w.status, reason = w.reason, entry_id = w.entry_id
    FROM unnest(CAST(:lines AS integer[]), CAST(:statuses AS text[]), CAST(:reasons AS text[]),
                CAST(:entries AS bigint[])) AS w(line, status, reason, entry_id)
    WHERE l.sheet_id = :sheet_id AND l.line = w.line AND l.status = 'ready'
    """
)


@dataclass(frozen=True, slots=True)
class _Ended:
    """What became of a line."""

    line: int
    status: str
    points: int = 0
    reason: str = ""
    entry_id: int | None = None


def give_batch(sheet_id: int) -> int:
    """Give the next lines of a running sheet; how many were dealt with, 0 when it doesn't run.

    A line whose shopper has closed the account meanwhile, whose last day is over, or whose
    reference another sheet has used, is refused with the reason, and stops no other.
    """
    with transaction() as session:
        around_commit(session, "points.before_sheet_commit", "points.after_sheet_commit")
        sheet = lock_sheet(session, sheet_id)
        if sheet.status != RUNNING:
            return 0
        lines = _next(session, sheet_id)
        if not lines:
            _finish(session, sheet)
            return 0
        ended = _give(session, sheet, lines)
        _keep(session, sheet, ended)
    return len(lines)


def _next(session: Session, sheet_id: int) -> Sequence[PointsSheetLine]:
    line = PointsSheetLine
    return session.scalars(
        select(line)
        .where(line.sheet_id == sheet_id, line.status == READY)
        .order_by(line.user_id, line.line)
        .limit(BATCH)
        .execution_options(populate_existing=True)
    ).all()


def _give(session: Session, sheet: PointsSheet, lines: Sequence[PointsSheetLine]) -> list[_Ended]:
    user_ids = sorted({line.user_id for line in lines if line.user_id is not None})
    for user_id in user_ids:
        accounts.lock(session, user_id)
    # Whoever closes an account takes its points under the same lock.
    still_open = open_accounts(session, user_ids)
    now = db_now(session)
    return [_give_line(session, sheet, line, still_open, now) for line in lines]


def _give_line(
    session: Session,
    sheet: PointsSheet,
    line: PointsSheetLine,
    still_open: set[int],
    now: datetime,
) -> _Ended:
    user_id, points = line.user_id, line.points
    if user_id is None or points is None or user_id not in still_open:
        return _Ended(line.line, REFUSED, reason="用户已注销")
    if line.expires_on is not None and line.expires_on < shop_day(now):
        return _Ended(line.line, REFUSED, reason="到期日已过")
    note = f"{sheet.reason}：{line.note}" if line.note else sheet.reason
    source = source_of(sheet.id, line.line, line.reference)
    reason = Reason(ENTRY_KINDS[sheet.kind], source, note)
    posted = post(session, user_id, reason, points, expires_at=_until(line, now))
    if posted.repeated:
        return _repeated(session, line, posted.entry_id)
    return _Ended(line.line, GIVEN, points, entry_id=posted.entry_id)


def _until(line: PointsSheetLine, now: datetime) -> datetime | None:
    if line.lasts:
        return None
    if line.expires_on is None:
        return valid_until(now)
    return end_of_day(day_start(line.expires_on))


def _repeated(session: Session, line: PointsSheetLine, entry_id: int) -> _Ended:
    """Another sheet has given this reference since this one was checked."""
    lot = session.execute(
        select(PointsLot.user_id, PointsLot.granted).where(PointsLot.entry_id == entry_id)
    ).one()
    if (lot.user_id, lot.granted) == (line.user_id, line.points):
        return _Ended(line.line, ALREADY, reason="该外部编号此前已发放")
    return _Ended(line.line, REFUSED, reason="该外部编号已用于其他发放")


def _keep(session: Session, sheet: PointsSheet, ended: list[_Ended]) -> None:
    session.execute(
        _END,
        {
            "sheet_id": sheet.id,
            "lines": [one.line for one in ended],
            "statuses": [one.status for one in ended],
            "reasons": [one.reason for one in ended],
            "entries": [one.entry_id for one in ended],
        },
    )
    given = [one for one in ended if one.status == GIVEN]
    session.execute(
        update(PointsSheet)
        .where(PointsSheet.id == sheet.id)
        .values(
            given_lines=PointsSheet.given_lines + len(given),
            given_points=PointsSheet.given_points + sum(one.points for one in given),
            refused_lines=PointsSheet.refused_lines + sum(one.status == REFUSED for one in ended),
            already_lines=PointsSheet.already_lines + sum(one.status == ALREADY for one in ended),
        )
    )


def _finish(session: Session, sheet: PointsSheet) -> None:
    session.execute(
        update(PointsSheet)
        .where(PointsSheet.id == sheet.id, PointsSheet.status == RUNNING)
        .values(status=DONE, done_at=func.clock_timestamp())
    )
    record(
        session,
        action="points_sheet.done",
        target_type="points_sheet",
        target_id=sheet.id,
        after={"key": sheet.key, "lines": sheet.given_lines, "points": sheet.given_points},
    )
