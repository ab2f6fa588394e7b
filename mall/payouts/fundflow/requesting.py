"""What staff do about the fund-flow bill: compare a day again, resolve a finding."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from mall.kernel.db import transaction
from mall.kernel.jobs import defer
from mall.payments.reconciliation.days import ask_again, resolve
from mall.payouts.fundflow.errors import FundFlowFindingNotFound, FundFlowFindingResolved
from mall.payouts.fundflow.models import FundFlowDay, FundFlowFinding
from mall.staff.audit import record

COMPARE_DAY = "payouts.fund_flow_day"


def request_comparison(day: date) -> None:
    """Defer a job that compares a day again. Raises ReconciliationDayOutOfRange."""
    with transaction() as session:
        ask_again(session, FundFlowDay, day)
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
        found = resolve(session, FundFlowFinding, which, comment, staff_id)
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
