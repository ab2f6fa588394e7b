"""What staff do about the reconciliation: run a day by hand, resolve a finding."""

from __future__ import annotations

import re
from datetime import date, timedelta

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.jobs import defer
from mall.payments.deadlines import in_seconds
from mall.payments.errors import (
    FindingAlreadyResolved,
    FindingNotFound,
    ReconciliationDayOutOfRange,
    ReconciliationNotFound,
)
from mall.payments.reconciliation_models import Reconciliation, ReconciliationFinding
from mall.payments.reconciling import LAST_READY, OLDEST_DAYS
from mall.staff.audit import record

RECONCILE_DAY = "payments.reconcile_day"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
# The job does it now; the sweep comes should the job be lost.
_FALLBACK_S = 300


def day_of(words: str) -> date:
    """A day as it stands in a path. Raises ReconciliationNotFound for what isn't one."""
    try:
        if _DAY.fullmatch(words):
            return date.fromisoformat(words)
    except ValueError:
        pass
    raise ReconciliationNotFound


def check_day(session: Session, day: date) -> None:
    """Raises ReconciliationDayOutOfRange for a day whose bill isn't there yet or any more."""
    latest = session.scalar(text(f"SELECT {LAST_READY.text}"))
    assert isinstance(latest, date)
    if not latest - timedelta(days=OLDEST_DAYS) < day <= latest:
        raise ReconciliationDayOutOfRange(param="day")


def request_run(day: date) -> None:
    """Run a day again, by a job, at once. Raises ReconciliationDayOutOfRange."""
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


def resolve_finding(day: date, finding_id: int, word: str, staff_id: int) -> None:
    """Close a finding with a word on how it was settled.

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
            .values(resolved_at=func.clock_timestamp(), resolution=word, resolved_by=staff_id)
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
            after={"code": finding.code, "number": finding.number, "resolution": word},
        )


def _refuse(session: Session, day: date, finding_id: int) -> None:
    known = session.scalar(
        select(ReconciliationFinding.id).where(
            ReconciliationFinding.id == finding_id, ReconciliationFinding.day == day
        )
    )
    raise FindingNotFound if known is None else FindingAlreadyResolved
