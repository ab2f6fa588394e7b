"""Reads of the fund-flow bill, for staff."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import RowMapping, func, select
from sqlalchemy.orm import Session

from mall.kernel.http.paging import Page, decode_cursor, page
from mall.payments.reconciliation.days import is_resolved, parse_day_of_cursor
from mall.payouts.fundflow.errors import FundFlowDayNotFound, FundFlowFindingNotFound
from mall.payouts.fundflow.models import FundFlowDay, FundFlowFinding
from mall.payouts.models import Payout, PayoutTransfer
from mall.staff.models import StaffMember

NEXT_STEPS = {
    "missing": "本店记为已到账，账单却没有：请次日重新对账，仍没有则联系微信支付客服",
    "extra": "账单有支出，本店没有成功的这笔转账：请在微信商户平台查明，确认后备注处理",
    "amount": "转账金额不一致：以微信商户平台的转账单为准核对",
}
_OPEN = (
    select(func.count())
    .where(FundFlowFinding.day == FundFlowDay.day, FundFlowFinding.resolved_at.is_(None))
    .scalar_subquery()
)
_DAYS = select(*FundFlowDay.__table__.columns, _OPEN.label("open_findings"))
_FINDINGS = (
    select(
        *FundFlowFinding.__table__.columns,
        Payout.payout_no,
        StaffMember.username.label("resolver"),
    )
    .outerjoin(PayoutTransfer, PayoutTransfer.out_bill_no == FundFlowFinding.number)
    .outerjoin(Payout, Payout.id == PayoutTransfer.payout_id)
    .outerjoin(StaffMember, StaffMember.id == FundFlowFinding.resolved_by)
)


def days(session: Session, cursor: str | None, limit: int) -> Page[RowMapping]:
    """The days with their totals, newest first."""
    query = _DAYS.order_by(FundFlowDay.day.desc()).limit(limit + 1)
    after = decode_cursor(cursor, (str,))
    if after:
        query = query.where(FundFlowDay.day < parse_day_of_cursor(after[0]))
    found = list(session.execute(query).mappings())
    return page(found, limit, lambda row: (row["day"].isoformat(),))


def one_day(session: Session, day: date) -> RowMapping:
    """One day with its totals. Raises FundFlowDayNotFound."""
    found = session.execute(_DAYS.where(FundFlowDay.day == day)).mappings().one_or_none()
    if found is None:
        raise FundFlowDayNotFound
    return found


def findings(
    session: Session, day: date, *, resolved: bool | None, cursor: str | None, limit: int
) -> Page[dict[str, Any]]:
    """What differs on a day, in a stable order. Raises FundFlowDayNotFound."""
    one_day(session, day)
    query = _FINDINGS.where(
        FundFlowFinding.day == day, is_resolved(FundFlowFinding, resolved)
    ).order_by(FundFlowFinding.id)
    after = decode_cursor(cursor, (int,))
    if after:
        query = query.where(FundFlowFinding.id > after[0])
    rows = session.execute(query.limit(limit + 1)).mappings()
    return page([_shown(row) for row in rows], limit, lambda row: (row["id"],))


def finding(session: Session, finding_id: int) -> dict[str, Any]:
    """One finding. Raises FundFlowFindingNotFound."""
    query = _FINDINGS.where(FundFlowFinding.id == finding_id)
    found = session.execute(query).mappings().one_or_none()
    if found is None:
        raise FundFlowFindingNotFound
    return _shown(found)


def _shown(row: RowMapping) -> dict[str, Any]:
    return {**row, "next_step": NEXT_STEPS[row["kind"]]}
