"""Asking for an approval, and withdrawing what one has asked for."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.approvals.errors import ApprovalEnded, ApprovalPending, NotOwnApproval
from mall.approvals.expiring import end_overdue
from mall.approvals.kinds import APPROVAL_KINDS, Payload
from mall.approvals.models import PENDING, WITHDRAWN, Approval
from mall.approvals.queries import find
from mall.approvals.settings import EXPIRE_DAYS
from mall.kernel.db import transaction
from mall.kernel.http.access import Staff
from mall.staff.audit import record, staff_of_request


def request_approval(session: Session, kind: str, ref: str, payload: Payload, reason: str) -> int:
    """Ask for an approval in the caller's transaction; its id.

    The acting staff member asks; without one (a job, a command) the system does. `kind` is one
    of `APPROVAL_KINDS`, `ref` the thing that it is about. The request expires after
    `approvals.expire_days`. Raises ApprovalPending while another one of this kind and ref is open.
    """
    known = APPROVAL_KINDS[kind]
    staff = staff_of_request()
    # An open request whose time is over stands in nobody's way, swept or not.
    end_overdue(session, Approval.kind == kind, Approval.ref == ref)
    approval_id = _insert(
        session,
        kind=kind,
        ref=ref,
        payload=dict(payload),
        reason=reason,
        requested_by=staff.staff_id if staff else None,
        expires_at=func.clock_timestamp() + timedelta(days=EXPIRE_DAYS.get()),
    )
    record(
        session,
        action="approval.request",
        target_type="approval",
        target_id=approval_id,
        after={"kind": kind, "ref": ref, "asked": known.describe(payload), "reason": reason},
    )
    return approval_id


def withdraw(staff: Staff, approval_id: int) -> None:
    """Take one's own request back. Raises ApprovalNotFound, NotOwnApproval, ApprovalEnded."""
    with transaction() as session:
        if find(session, staff, approval_id).requested_by != staff.staff_id:
            raise NotOwnApproval
        withdrawn = session.execute(
            update(Approval)
            .where(Approval.id == approval_id, Approval.status == PENDING)
            .values(status=WITHDRAWN, ended_at=func.clock_timestamp())
            .returning(Approval.id)
        ).first()
        if withdrawn is None:
            raise ApprovalEnded
        record(session, action="approval.withdraw", target_type="approval", target_id=approval_id)


def _insert(session: Session, **values: object) -> int:
    made: int | None = session.scalar(
        insert(Approval)
        .values(**values)
        .on_conflict_do_nothing(
            index_elements=["kind", "ref"], index_where=text("status = 'pending'")
        )
        .returning(Approval.id)
    )
    if made is None:
        raise ApprovalPending
    return made
