"""What staff do about the fund-flow bill: compare a day again, resolve a finding."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from mall.kernel.clock import in_seconds
from mall.kernel.db import transaction
from mall.kernel.jobs import defer
from mall.payments.reconciliation.requesting import check_day
from mall.payouts.fundflow.errors import FundFlowFindingNotFound, FundFlowFindingResolved
from mall.payouts.fundflow.models import FundFlowDay, FundFlowFinding
from mall.staff.audit import record

COMPARE_DAY = "payouts.fund_flow_day"
# The job does it now; the sweep does it should the job be lost.
_FALLBACK_S = 300


def request_comparison(day: date) -> None:
    """Defer a job that compares a day again. Raises ReconciliationDayOutOfRange."""
    with transaction() as session:
        check_day(session, day)
        later = in_seconds(_FALLBACK_S)
        session.execute(
            insert(FundFlowDay)
            .values(day=day, next_try_at=later)
            .on_conflict_do_update(index_elements=[FundFlowDay.day], set_={"next_try_at": later})
        )
        defer(session, COMPARE_DAY, day=day.isoformat())
        record(
            session, action="fund_flow.run", target_type="fund_flow_day", target_id=day.isoformat()
        )


def resolve_finding(day: date, finding_id: int, comment: str, staff_id: int) -> None:
    """Close a finding with a comment on how it was settled.

    Raises FundFlowFindingNotFound, FundFlowFindingResolved.
    """
    which = (FundFlowFinding.id == finding_id) & (FundFlowFinding.day == day)
    with transaction() as session:
        found = session.execute(
            update(FundFlowFinding)
            .where(which, FundFlowFinding.resolved_at.is_(None))
            .values(resolved_at=func.clock_timestamp(), resolution=comment, resolved_by=staff_id)
            .returning(FundFlowFinding.kind, FundFlowFinding.number)
        ).one_or_none()
        if found is None:
            known = session.scalar(select(FundFlowFinding.id).where(which))
            raise FundFlowFindingNotFound if known is None else FundFlowFindingResolved
        record(
            session,
            action="fund_flow.resolve",
            target_type="fund_flow_finding",
            target_id=finding_id,
            after={"kind": found.kind, "number": found.number, "resolution": comment},
        )
