"""Beginning to give a sheet: at once, or when another staff member has approved it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from mall.approvals.kinds import ApprovalKind, Approved, Payload
from mall.approvals.requesting import request_approval
from mall.kernel import jobs
from mall.kernel.db import transaction
from mall.kernel.http.access import Staff
from mall.points.adjustments.allowance import ByHand, needs_approval
from mall.points.sheets.errors import PointsSheetEnded, PointsSheetFaulty, PointsSheetNotFound
from mall.points.sheets.models import (
    CANCELED,
    CHECKED,
    DONE,
    FAULTY,
    OPENING,
    RUNNING,
    STOPPED,
    PointsSheet,
)
from mall.staff.audit import record

JOB = "points.give_sheet"


@dataclass(frozen=True, slots=True)
class SheetAsked:
    """Nothing is given yet: an approval with this id was asked for."""

    approval_id: int


def start_or_ask(staff: Staff, sheet_id: int) -> SheetAsked | None:
    """Give a sheet that was checked and has no fault, in a job; or ask for an approval of it.

    An approval is needed when what this staff member gave and took by hand on this shop day is,
    with the sheet, more than `points.approval_above`. A sheet that was stopped goes on, one that
    runs is given its job again (safe at any time), one that is done stays so.
    Raises PointsSheetNotFound, PointsSheetFaulty, PointsSheetEnded, ApprovalPending.
    """
    with transaction() as session:
        points = session.scalar(select(PointsSheet.points).where(PointsSheet.id == sheet_id))
        over = points is not None and needs_approval(session, staff.staff_id, points)
        sheet = lock_sheet(session, sheet_id)
        if sheet.status == FAULTY:
            raise PointsSheetFaulty
        if sheet.status == CANCELED:
            raise PointsSheetEnded
        if sheet.status == CHECKED and over:
            payload = {"points": sheet.points, "lines": sheet.lines, "kind": sheet.kind}
            payload |= {"key": sheet.key, "digest": sheet.digest.hex()}
            ref = f"sheet:{sheet_id}"
            return SheetAsked(request_approval(session, APPROVAL.name, ref, payload, sheet.reason))
        if sheet.status != DONE:
            _start(session, sheet, staff_id=staff.staff_id)
        return None


def stop(sheet_id: int) -> None:
    """A checked sheet is canceled, a running one stops after its batch. Repeats do nothing.

    Raises PointsSheetNotFound, PointsSheetEnded.
    """
    with transaction() as session:
        sheet = lock_sheet(session, sheet_id)
        following = {CHECKED: CANCELED, RUNNING: STOPPED}.get(sheet.status)
        if following is None:
            if sheet.status in {CANCELED, STOPPED}:
                return
            raise PointsSheetEnded
        _move(session, sheet, following)


def lock_sheet(session: Session, sheet_id: int) -> PointsSheet:
    """Lock a sheet. Raises PointsSheetNotFound."""
    sheet = session.scalar(
        select(PointsSheet)
        .where(PointsSheet.id == sheet_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if sheet is None:
        raise PointsSheetNotFound
    return sheet


def _start(
    session: Session,
    sheet: PointsSheet,
    *,
    staff_id: int | None = None,
    approval_id: int | None = None,
) -> None:
    if sheet.status == CHECKED:
        now = func.clock_timestamp()
        _move(session, sheet, RUNNING, started_by=staff_id, approval_id=approval_id, started_at=now)
    elif sheet.status == STOPPED:
        _move(session, sheet, RUNNING)
    jobs.defer(session, JOB, lock=f"points_sheet:{sheet.id}", sheet_id=sheet.id)


def _move(session: Session, sheet: PointsSheet, status: str, **values: Any) -> None:
    session.execute(
        update(PointsSheet)
        .where(PointsSheet.id == sheet.id, PointsSheet.status == sheet.status)
        .values(status=status, **values)
    )
    record(
        session,
        action="points_sheet.move",
        target_type="points_sheet",
        target_id=sheet.id,
        before={"status": sheet.status},
        after={"status": status, "key": sheet.key, "points": sheet.points},
    )


def _execute(session: Session, approved: Approved) -> str:
    sheet = lock_sheet(session, _id_in(approved.ref))
    if sheet.status != CHECKED:
        raise PointsSheetEnded
    _start(session, sheet, approval_id=approved.approval_id)
    return str(sheet.id)


def _describe(payload: Payload) -> str:
    what = "导入期初积分" if payload["kind"] == OPENING else "按表格发放积分"
    return f"{what}：{payload['key']}，{payload['lines']} 行，共 {payload['points']} 积分"


def _id_in(ref: str) -> int:
    return int(ref.split(":")[1])


def _moved(session: Session, staff_id: int, since: datetime) -> int:
    points = func.coalesce(func.sum(PointsSheet.points), 0)
    return int(
        session.scalar(
            select(points).where(
                PointsSheet.started_by == staff_id, PointsSheet.started_at >= since
            )
        )
        or 0
    )


SHEETS = ByHand("sheets", _moved)
APPROVAL = ApprovalKind(
    name="points.sheet",
    label="按表格发放积分",
    permission="points:approve",
    execute=_execute,
    describe=_describe,
    lock=lambda session, ref: lock_sheet(session, _id_in(ref)),
)
