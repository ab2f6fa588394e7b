"""Reads of the reconciliation, for staff."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import RowMapping, func, select, true
from sqlalchemy.orm import Session

from mall.kernel.http.paging import Page, decode_cursor, page
from mall.orders.models import Order
from mall.payments.reconciliation.days import is_resolved, parse_day_of_cursor
from mall.payments.reconciliation.errors import FindingNotFound, ReconciliationNotFound
from mall.payments.reconciliation.finding_codes import CODES
from mall.payments.reconciliation.models import KINDS, Reconciliation, ReconciliationFinding
from mall.staff.models import StaffMember

Found = dict[str, Any]

_OPEN = ReconciliationFinding.resolved_at.is_(None)
_COUNTS = (
    select(
        func.count().filter(_OPEN).label("open"),
        *(func.count().filter(ReconciliationFinding.kind == kind).label(kind) for kind in KINDS),
    )
    .where(ReconciliationFinding.day == Reconciliation.day)
    .lateral()
)
_DAYS = select(
    *Reconciliation.__table__.columns,
    _COUNTS.c.open.label("open_findings"),
    *(_COUNTS.c[kind] for kind in KINDS),
).join(_COUNTS, true())
_FINDINGS = (
    select(
        *ReconciliationFinding.__table__.columns,
        Order.order_no,
        StaffMember.username.label("resolver"),
    )
    .outerjoin(Order, Order.id == ReconciliationFinding.order_id)
    .outerjoin(StaffMember, StaffMember.id == ReconciliationFinding.resolved_by)
)


def days(session: Session, cursor: str | None, limit: int) -> Page[Found]:
    """The days with totals and counts, newest first. ValidationFailed for a made-up cursor."""
    statement = _DAYS.order_by(Reconciliation.day.desc()).limit(limit + 1)
    after = decode_cursor(cursor, (str,))
    if after:
        statement = statement.where(Reconciliation.day < parse_day_of_cursor(after[0]))
    found = [dict(row) for row in session.execute(statement).mappings()]
    return page(found, limit, lambda row: (row["day"].isoformat(),))


def one_day(session: Session, day: date) -> Found:
    """One day. Raises ReconciliationNotFound."""
    row = session.execute(_DAYS.where(Reconciliation.day == day)).mappings().one_or_none()
    if row is None:
        raise ReconciliationNotFound
    return dict(row)


def findings(
    session: Session,
    day: date,
    *,
    kind: str | None,
    resolved: bool | None,
    cursor: str | None,
    limit: int,
) -> Page[Found]:
    """What differs on a day, in a stable order. Raises ReconciliationNotFound."""
    one_day(session, day)
    statement = _FINDINGS.where(
        ReconciliationFinding.day == day, is_resolved(ReconciliationFinding, resolved)
    )
    if kind is not None:
        statement = statement.where(ReconciliationFinding.kind == kind)
    after = decode_cursor(cursor, (int,))
    if after:
        statement = statement.where(ReconciliationFinding.id > after[0])
    statement = statement.order_by(ReconciliationFinding.id).limit(limit + 1)
    rows = session.execute(statement).mappings()
    return page([_with_next_step(row) for row in rows], limit, lambda row: (row["id"],))


def finding(session: Session, finding_id: int) -> Found:
    """One finding. Raises FindingNotFound."""
    wanted = _FINDINGS.where(ReconciliationFinding.id == finding_id)
    row = session.execute(wanted).mappings().one_or_none()
    if row is None:
        raise FindingNotFound
    return _with_next_step(row)


def _with_next_step(row: RowMapping) -> Found:
    return {**row, "next_step": CODES[row["code"]].next_step}


OPEN = _OPEN
"""Findings that wait for staff."""
