"""Running a day of the reconciliation again, as staff ask."""

from __future__ import annotations

import re
from datetime import date, timedelta

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.kernel.clock import in_seconds
from mall.kernel.db import transaction
from mall.kernel.jobs import defer
from mall.payments.reconciliation.errors import (
    ReconciliationDayOutOfRange,
    ReconciliationNotFound,
)
from mall.payments.reconciliation.models import Reconciliation
from mall.payments.reconciliation.running import LAST_READY, OLDEST_DAYS
from mall.staff.audit import record

RECONCILE_DAY = "payments.reconcile_day"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
# The job does it now; the sweep does it should the job be lost.
_FALLBACK_S = 300


def parse_day(value: str) -> date:
    """The day that a path names (YYYY-MM-DD). Raises ReconciliationNotFound for anything else."""
    try:
        if _DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise ReconciliationNotFound


def check_day(session: Session, day: date) -> None:
    """Raises ReconciliationDayOutOfRange when WeChat has no bill of the day yet, or no longer."""
    latest = session.scalar(text(f"SELECT {LAST_READY.text}"))
    assert isinstance(latest, date)
    if not latest - timedelta(days=OLDEST_DAYS) < day <= latest:
        raise ReconciliationDayOutOfRange(param="day")


def request_run(day: date) -> None:
    """Defer a job that compares a day again. Raises ReconciliationDayOutOfRange."""
    with transaction() as session:
        check_day(session, day)
        session.execute(
            insert(Reconciliation)
            .values(day=day, next_try_at=in_seconds(_FALLBACK_S))
            .on_conflict_do_update(
                index_elements=[Reconciliation.day],
                set_={"next_try_at": in_seconds(_FALLBACK_S)},
            )
        )
        defer(session, RECONCILE_DAY, day=day.isoformat())
        record(
            session,
            action="reconciliation.run",
            target_type="reconciliation",
            target_id=day.isoformat(),
        )
