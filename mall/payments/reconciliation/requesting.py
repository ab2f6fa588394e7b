"""Running a day of the reconciliation again, as staff ask."""

from __future__ import annotations

from datetime import date

from mall.kernel.db import transaction
from mall.kernel.jobs import defer
from mall.payments.reconciliation.days import ask_again
from mall.payments.reconciliation.models import Reconciliation
from mall.staff.audit import record

RECONCILE_DAY = "payments.reconcile_day"


def request_run(day: date) -> None:
    """Defer a job that compares a day again. Raises ReconciliationDayOutOfRange."""
    with transaction() as session:
        ask_again(session, Reconciliation, day)
        defer(session, RECONCILE_DAY, day=day.isoformat())
        record(
            session,
            action="reconciliation.run",
            target_type="reconciliation",
            target_id=day.isoformat(),
        )
