"""Resolving a finding of the reconciliation, as staff do."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.payments.reconciliation.errors import FindingAlreadyResolved, FindingNotFound
from mall.payments.reconciliation.models import ReconciliationFinding
from mall.staff.audit import record


def resolve_finding(day: date, finding_id: int, comment: str, staff_id: int) -> None:
    """Close a finding with a comment on how it was settled.

    Errors: FindingNotFound, FindingAlreadyResolved.
    """
    with transaction() as session:
        finding = session.execute(
            update(ReconciliationFinding)
            .where(
                ReconciliationFinding.id == finding_id,
                ReconciliationFinding.day == day,
                ReconciliationFinding.resolved_at.is_(None),
            )
            .values(resolved_at=func.clock_timestamp(), resolution=comment, resolved_by=staff_id)
            .returning(ReconciliationFinding.code, ReconciliationFinding.number)
        ).one_or_none()
        if finding is None:
            _refuse(session, day, finding_id)
            return
        record(
            session,
            action="reconciliation.resolve",
            target_type="reconciliation_finding",
            target_id=finding_id,
            after={"code": finding.code, "number": finding.number, "resolution": comment},
        )


def _refuse(session: Session, day: date, finding_id: int) -> None:
    known = session.scalar(
        select(ReconciliationFinding.id).where(
            ReconciliationFinding.id == finding_id, ReconciliationFinding.day == day
        )
    )
    raise FindingNotFound if known is None else FindingAlreadyResolved
