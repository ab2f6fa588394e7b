"""Reads of verdicts."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping, select
from sqlalchemy.orm import Session

from mall.compliance.models import ComplianceVerdict
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
