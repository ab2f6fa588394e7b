"""Deciding: another staff member says yes or no, once; a yes is carried out at once."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from mall.approvals.errors import ApprovalEnded, ApprovalKindUnknown, OwnApproval
from mall.approvals.kinds import APPROVAL_KINDS, ApprovalKind, Approved
from mall.approvals.models import APPROVED, PENDING, REJECTED, Approval
from mall.approvals.queries import find
from mall.kernel.db import transaction
from mall.kernel.errors import NotPermitted
from mall.kernel.http.access import Staff
from mall.staff.audit import record
from mall.staff.models import StaffMember


def approve(staff: Staff, approval_id: int, comment: str) -> None:
    """Approve a request and carry it out, both or neither.

    Raises ApprovalNotFound, NotPermitted without the kind's permission, OwnApproval,
    ApprovalEnded, ApprovalKindUnknown, and what carrying it out refuses: then the request stays
    open, to be approved later, rejected or withdrawn.
    """
    with transaction() as session:
        asked, kind = _decidable(session, staff, approval_id)
        if kind is None:
            raise ApprovalKindUnknown
        kind.lock(session, asked.ref)
        _end(session, staff, approval_id, APPROVED, comment)
        result = kind.execute(
            session,
            Approved(
                approval_id, asked.ref, asked.payload, asked.reason, _requester(session, asked)
            ),
        )
        if result is not None:
            session.execute(
                update(Approval).where(Approval.id == approval_id).values(result=result)
            )
        _audit(session, staff, "approval.approve", asked, comment=comment, result=result)


def reject(staff: Staff, approval_id: int, comment: str) -> None:
    """Say no. Raises ApprovalNotFound, NotPermitted, OwnApproval, ApprovalEnded."""
    with transaction() as session:
        asked, _ = _decidable(session, staff, approval_id)
        _end(session, staff, approval_id, REJECTED, comment)
        _audit(session, staff, "approval.reject", asked, comment=comment)


def _decidable(
    session: Session, staff: Staff, approval_id: int
) -> tuple[Approval, ApprovalKind | None]:
    """The request, once it is sure that this staff member may decide it."""
    asked = find(session, staff, approval_id)
    kind = APPROVAL_KINDS.get(asked.kind)
    if asked.requested_by == staff.staff_id:
        raise OwnApproval
    if kind is not None and not staff.may(kind.permission):
        raise NotPermitted
    return asked, kind


def _end(session: Session, staff: Staff, approval_id: int, status: str, comment: str) -> None:
    """The one decision: of several at once the first counts. Raises ApprovalEnded."""
    ended = session.execute(
        update(Approval)
        .where(
            Approval.id == approval_id,
            Approval.status == PENDING,
            Approval.expires_at > func.clock_timestamp(),
        )
        .values(
            status=status,
            decided_by=staff.staff_id,
            comment=comment,
            ended_at=func.clock_timestamp(),
        )
        .returning(Approval.id)
    ).first()
    if ended is None:
        raise ApprovalEnded


def _requester(session: Session, asked: Approval) -> str | None:
    return session.scalar(select(StaffMember.username).where(StaffMember.id == asked.requested_by))


def _audit(session: Session, staff: Staff, action: str, asked: Approval, **after: Any) -> None:
    record(
        session,
        action=action,
        target_type="approval",
        target_id=asked.id,
        before={"status": PENDING, "requested_by": asked.requested_by},
        after={"kind": asked.kind, "ref": asked.ref, **after},
        by=staff,
    )
