"""Resolving a finding of the reconciliation, as staff do."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from mall.kernel.db import transaction
from mall.payments.reconciliation.days import resolve
from mall.payments.reconciliation.errors import FindingAlreadyResolved, FindingNotFound
from mall.payments.reconciliation.models import ReconciliationFinding
from mall.staff.audit import record


def resolve_finding(day: date, finding_id: int, comment: str, staff_id: int) -> None:
    """Close a finding with a comment on how it was settled.

    Errors: FindingNotFound, FindingAlreadyResolved.
    """
    which = (ReconciliationFinding.id == finding_id) & (ReconciliationFinding.day == day)
    with transaction() as session:
        found = resolve(session, ReconciliationFinding, which, comment, staff_id)
        if found is None:
            known = session.scalar(select(ReconciliationFinding.id).where(which))
            raise FindingNotFound if known is None else FindingAlreadyResolved
        record(
            session,
            action="reconciliation.resolve",
            target_type="reconciliation_finding",
            target_id=finding_id,
            after={"code": found.code, "number": found.number, "resolution": comment},
        )
