"""Reads of verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import RowMapping, Select, select
from sqlalchemy.orm import Session

from mall.compliance.errors import RecheckNotFound
from mall.compliance.models import ComplianceRecheck, ComplianceVerdict
from mall.compliance.rules import RULES
from mall.kernel.http.paging import Page, id_in, page
from mall.staff.models import StaffMember


def verdicts(
    session: Session, wanted: dict[str, Any], cursor: str | None, limit: int
) -> Page[RowMapping]:
    """Verdicts with these values of their columns, newest first."""
    statement = (
        select(*ComplianceVerdict.__table__.c, StaffMember.username.label("staff"))
        .outerjoin(StaffMember, StaffMember.id == ComplianceVerdict.staff_id)
        .order_by(ComplianceVerdict.id.desc())
        .limit(limit + 1)
    )
    for name, value in wanted.items():
        statement = statement.where(getattr(ComplianceVerdict, name) == value)
    before = id_in(cursor)
    if before is not None:
        statement = statement.where(ComplianceVerdict.id < before)
    rows = session.execute(statement).mappings().all()
    return page(rows, limit, lambda row: (row["id"],))


def rechecks(
    session: Session, accepted: bool | None, cursor: str | None, limit: int
) -> Page[RowMapping]:
    """Running campaigns to which the rules object today, newest first; all, or by acceptance."""
    statement = _rechecks().order_by(ComplianceRecheck.id.desc()).limit(limit + 1)
    if accepted is not None:
        statement = statement.where(ComplianceRecheck.accepted_at.is_not(None) == accepted)
    before = id_in(cursor)
    if before is not None:
        statement = statement.where(ComplianceRecheck.id < before)
    rows = session.execute(statement).mappings().all()
    return page(rows, limit, lambda row: (row["id"],))


def open_rechecks(session: Session) -> Sequence[RowMapping]:
    """All of them that nobody has accepted, refused ones first."""
    statement = _rechecks().where(ComplianceRecheck.accepted_at.is_(None))
    statement = statement.order_by(ComplianceRecheck.result, ComplianceRecheck.id)
    return session.execute(statement).mappings().all()


def recheck(session: Session, recheck_id: int) -> RowMapping:
    """One of them. Raises RecheckNotFound."""
    row = (
        session.execute(_rechecks().where(ComplianceRecheck.id == recheck_id))
        .mappings()
        .one_or_none()
    )
    if row is None:
        raise RecheckNotFound
    return row


def rules() -> list[dict[str, str]]:
    """The rule set: code, source, and the sort of fact that each is about."""
    return [{"code": one.code, "source": one.source, "about": one.about.__name__} for one in RULES]


def _rechecks() -> Select[Any]:
    return select(*ComplianceRecheck.__table__.c, StaffMember.username.label("staff")).outerjoin(
        StaffMember, StaffMember.id == ComplianceRecheck.accepted_by
    )
