"""Reads of approvals. Without `approval:read` staff see what they asked for themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping, Select, exists, func, select
from sqlalchemy.orm import Session, aliased

from mall.approvals.errors import ApprovalNotFound
from mall.approvals.kinds import APPROVAL_KINDS
from mall.approvals.models import PENDING, Approval
from mall.kernel.http.access import Staff
from mall.kernel.http.paging import Page, id_in, page
from mall.staff.models import StaffMember

READ = "approval:read"
_requester, _decider = aliased(StaffMember), aliased(StaffMember)


@dataclass(frozen=True, slots=True)
class ApprovalFilter:
    """What to look for; None is anything. `mine`: asked for by oneself."""

    status: str | None = None
    kind: str | None = None
    ref: str | None = None
    mine: bool | None = None


def find(session: Session, staff: Staff, approval_id: int) -> Approval:
    """A request as it stands, for whoever may see it. Raises ApprovalNotFound."""
    found = session.scalars(
        select(Approval).where(Approval.id == approval_id).execution_options(populate_existing=True)
    ).one_or_none()
    if found is None or not (staff.may(READ) or found.requested_by == staff.staff_id):
        raise ApprovalNotFound
    return found


def is_open(session: Session, kind: str, ref: str) -> bool:
    """Whether a request of this kind and ref may still be approved. To rely on the answer, lock
    what the kind locks first."""
    return bool(
        session.scalar(
            select(
                exists().where(
                    Approval.kind == kind,
                    Approval.ref == ref,
                    Approval.status == PENDING,
                    Approval.expires_at > func.clock_timestamp(),
                )
            )
        )
    )


def approval(session: Session, staff: Staff, approval_id: int) -> dict[str, Any]:
    """One request as staff see it. Raises ApprovalNotFound."""
    find(session, staff, approval_id)
    row = session.execute(_approvals().where(Approval.id == approval_id)).mappings().one()
    return _shown(row, staff)


def approvals(
    session: Session, staff: Staff, wanted: ApprovalFilter, cursor: str | None, limit: int
) -> Page[dict[str, Any]]:
    """Requests, newest first."""
    statement = _approvals().order_by(Approval.id.desc()).limit(limit + 1)
    if wanted.mine or not staff.may(READ):
        statement = statement.where(Approval.requested_by == staff.staff_id)
    for name in ("status", "kind", "ref"):
        value = getattr(wanted, name)
        if value is not None:
            statement = statement.where(getattr(Approval, name) == value)
    before = id_in(cursor)
    if before is not None:
        statement = statement.where(Approval.id < before)
    rows = [_shown(row, staff) for row in session.execute(statement).mappings()]
    return page(rows, limit, lambda row: (row["id"],))


def _approvals() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Approval.id,
            Approval.kind,
            Approval.ref,
            Approval.payload,
            Approval.reason,
            Approval.status,
            Approval.requested_by.label("requester_id"),
            _requester.username.label("requested_by"),
            _decider.username.label("decided_by"),
            Approval.comment,
            Approval.result,
            Approval.created_at,
            Approval.expires_at,
            Approval.ended_at,
            (Approval.expires_at <= func.clock_timestamp()).label("overdue"),
        )
        .outerjoin(_requester, _requester.id == Approval.requested_by)
        .outerjoin(_decider, _decider.id == Approval.decided_by)
    )


def _shown(row: RowMapping, staff: Staff) -> dict[str, Any]:
    kind = APPROVAL_KINDS.get(row["kind"])
    pending = row["status"] == PENDING and not row["overdue"]
    mine = row["requester_id"] == staff.staff_id
    return {
        **row,
        "label": kind.label if kind else row["kind"],
        "asked": kind.describe(row["payload"]) if kind else "",
        "may_decide": bool(
            pending and kind and not mine and staff.may(READ) and staff.may(kind.permission)
        ),
        "may_withdraw": pending and mine,
    }
