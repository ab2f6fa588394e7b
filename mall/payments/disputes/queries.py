"""Reads of what WeChat said that contradicts our books, for staff."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping, select
from sqlalchemy.orm import Session

from mall.kernel.http.paging import Page, decode_cursor, page
from mall.orders.models import Order
from mall.payments.discrepancies import OPEN
from mall.payments.disputes.steps import next_step
from mall.payments.errors import DiscrepancyNotFound
from mall.payments.models import PaymentDiscrepancy
from mall.staff.models import StaffMember

_DISCREPANCIES = (
    select(
        *PaymentDiscrepancy.__table__.columns,
        Order.order_no,
        StaffMember.username.label("resolver"),
    )
    .outerjoin(Order, Order.id == PaymentDiscrepancy.order_id)
    .outerjoin(StaffMember, StaffMember.id == PaymentDiscrepancy.resolved_by)
)


def discrepancies(
    session: Session,
    *,
    resolved: bool | None,
    order_no: str | None,
    cursor: str | None,
    limit: int,
) -> Page[dict[str, Any]]:
    """The newest first. Raises ValidationFailed for a made-up cursor."""
    statement = _DISCREPANCIES
    if resolved is not None:
        statement = statement.where(~OPEN if resolved else OPEN)
    if order_no is not None:
        statement = statement.where(Order.order_no == order_no)
    after = decode_cursor(cursor, (int,))
    if after:
        statement = statement.where(PaymentDiscrepancy.id < after[0])
    rows = session.execute(statement.order_by(PaymentDiscrepancy.id.desc()).limit(limit + 1))
    return page([_shown(row) for row in rows.mappings()], limit, lambda row: (row["id"],))


def discrepancy(session: Session, discrepancy_id: int) -> dict[str, Any]:
    """One. Raises DiscrepancyNotFound."""
    wanted = _DISCREPANCIES.where(PaymentDiscrepancy.id == discrepancy_id)
    row = session.execute(wanted).mappings().one_or_none()
    if row is None:
        raise DiscrepancyNotFound
    return _shown(row)


def _shown(row: RowMapping) -> dict[str, Any]:
    return {**row, "next_step": next_step(row["kind"])}
