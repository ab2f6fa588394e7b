"""Ending requests that nobody decided in time."""

from __future__ import annotations

from sqlalchemy import ColumnElement, func, select, text, update
from sqlalchemy.orm import Session

from mall.approvals.models import EXPIRED, PENDING, Approval
from mall.staff.audit import record

BATCH = 200


def end_overdue(session: Session, *which: ColumnElement[bool]) -> int:
    """End at most `BATCH` of the overdue requests that `which` selects; how many.

    One that another transaction holds is left to it.
    """
    due = (
        select(Approval.id)
        .where(Approval.status == PENDING, Approval.expires_at <= func.clock_timestamp(), *which)
        .order_by(Approval.expires_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
        .cte("due")
        .prefix_with("MATERIALIZED")
    )
    ended = session.scalars(
        update(Approval)
        .where(Approval.id == due.c.id)
        .values(status=EXPIRED, ended_at=text("expires_at"))
        .returning(Approval.id),
        execution_options={"synchronize_session": False},
    ).all()
    for approval_id in ended:
        record(session, action="approval.expire", target_type="approval", target_id=approval_id)
    return len(ended)
