"""Days that are held against a bill of WeChat's: what all kinds of bills have in common.

A bill of a day is there from 10:00 of the next day on, and for three months. Each kind has a table
of days (`BillDay`), whose `next_try_at` the sweep looks at, and one of findings (`BillFinding`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    TextClause,
    and_,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.kernel.clock import in_seconds
from mall.kernel.db import transaction
from mall.kernel.errors import NotFound, ValidationFailed
from mall.payments.reconciliation.errors import ReconciliationDayOutOfRange
from mall.payments.reconciliation.models import BillDay, BillFinding

RETRY_S, REFUSED_RETRY_S = 30 * 60, 6 * 3600
OLDEST_DAYS = 89
"""WeChat keeps bills for three months."""
# The job does it now; the sweep does it should the job be lost.
_FALLBACK_S = 300
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_LAST_READY = "(clock_timestamp() AT TIME ZONE 'Asia/Shanghai' - interval '10 hours')::date - 1"
"""The last day whose bill should be there: WeChat promises it for 10:00 of the next."""


def new_days(table: str, first_day: str) -> TextClause:
    """A statement that inserts the days into `table` since `first_day`, a query of one `day`."""
    return text(
        f"""
        INSERT INTO {table} (day, next_try_at)
        SELECT d::date, clock_timestamp()
        FROM (SELECT {_LAST_READY} AS day) AS ready, ({first_day}) AS first,
            generate_series(GREATEST(ready.day - {OLDEST_DAYS - 1}, first.day)::timestamp,
                ready.day::timestamp, interval '1 day') AS d
        ON CONFLICT DO NOTHING
        """  # noqa: S608
    )


def each_due(model: type[BillDay], missing: TextClause, compare: Callable[[date], object]) -> None:
    """Insert the days that are missing, then compare each that is due once, the oldest first."""
    with transaction() as session:
        session.execute(missing)
    tried: set[date] = set()
    while (day := _next_due(model, tried)) is not None:
        tried.add(day)
        compare(day)


def _next_due(model: type[BillDay], tried: set[date]) -> date | None:
    with transaction() as session:
        return session.scalar(
            select(model.day)
            .where(model.next_try_at <= func.clock_timestamp(), model.day.not_in(tried))
            .order_by(model.day)
            .limit(1)
        )


def next_try(session: Session, day: date, *, refused: bool) -> ColumnElement[datetime] | None:
    """When a day without a result is tried again; None once WeChat has no bill of it any more."""
    if _last_ready(session) > day + timedelta(OLDEST_DAYS):
        return None
    return in_seconds(REFUSED_RETRY_S if refused else RETRY_S)


def ask_again(session: Session, model: type[BillDay], day: date) -> None:
    """Let the sweep compare a day should the job for it be lost. Raises
    ReconciliationDayOutOfRange."""
    check_day(session, day)
    later = in_seconds(_FALLBACK_S)
    session.execute(
        insert(model)
        .values(day=day, next_try_at=later)
        .on_conflict_do_update(index_elements=[model.day], set_={"next_try_at": later})
    )


def check_day(session: Session, day: date) -> None:
    """Raises ReconciliationDayOutOfRange when WeChat has no bill of the day yet, or no longer."""
    latest = _last_ready(session)
    if not latest - timedelta(days=OLDEST_DAYS) < day <= latest:
        raise ReconciliationDayOutOfRange(param="day")


def parse_day(value: str, unknown: type[NotFound]) -> date:
    """The day that a path names (YYYY-MM-DD). Raises `unknown` for anything else."""
    try:
        if _DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise unknown


def parse_day_of_cursor(words: str) -> date:
    """The day in a cursor. Raises ValidationFailed for a made-up one."""
    try:
        return date.fromisoformat(words)
    except ValueError:
        raise ValidationFailed("翻页参数无效", param="cursor") from None


def overdue(model: type[BillDay]) -> ColumnElement[bool]:
    """Days that couldn't be compared: somebody should look why."""
    return or_(
        model.status == "failed",
        and_(
            model.status == "waiting",
            model.created_at < func.now() - func.make_interval(0, 0, 0, 1),
        ),
    )


def is_resolved(model: type[BillFinding], wanted: bool | None) -> ColumnElement[bool]:
    """Only resolved findings, only open ones, or any (None)."""
    if wanted is None:
        return model.id.is_not(None)
    return model.resolved_at.is_not(None) if wanted else model.resolved_at.is_(None)


def resolve(
    session: Session, model: type[BillFinding], which: ColumnElement[bool], comment: str, by: int
) -> Row[Any] | None:
    """Close an open finding with a comment by a member of staff: its row, None without one."""
    return session.execute(
        update(model)
        .where(which, model.resolved_at.is_(None))
        .values(resolved_at=func.clock_timestamp(), resolution=comment, resolved_by=by)
        .returning(*model.__table__.columns)
    ).one_or_none()


def _last_ready(session: Session) -> date:
    latest = session.scalar(text(f"SELECT {_LAST_READY}"))
    assert isinstance(latest, date)
    return latest
