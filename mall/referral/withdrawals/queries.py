"""Reads of withdrawals, for promoters and staff."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping, Select, case, func, select
from sqlalchemy.orm import Session

from mall.kernel.clock import shop_day
from mall.kernel.db import db_now
from mall.kernel.errors import MallError
from mall.payouts.models import Payout, PayoutAccount
from mall.referral.commission.models import CommissionAccount
from mall.referral.commission.queries import balance_of
from mall.referral.withdrawals.day import of_day
from mall.referral.withdrawals.errors import WithdrawalNotFound
from mall.referral.withdrawals.models import CANCELED, REFUSED, Withdrawal
from mall.referral.withdrawals.settings import (
    BY_TRANSFER,
    DAY_COUNT,
    DAY_MAX,
    FEE_BP,
    LEAST,
    MOST,
)
from mall.referral.withdrawals.standing import check_debt, check_standing, debt_fen
from mall.staff.models import StaffMember

Found = dict[str, Any]
_TOLD = case(
    (Withdrawal.status == REFUSED, Withdrawal.reason),
    (Withdrawal.status == CANCELED, Withdrawal.cancel_reason),
)
"""What the promoter reads: not what staff noted when they approved."""
_DEBT = func.coalesce(PayoutAccount.debt_fen, 0) + func.coalesce(CommissionAccount.debt_fen, 0)


def _all() -> Select[Any]:
    return (
        select(
            *Withdrawal.__table__.columns,
            (Withdrawal.amount_fen - Withdrawal.fee_fen).label("payable_fen"),
            Payout.payout_no,
            Payout.status.label("payout_status"),
            StaffMember.username.label("decider"),
            _DEBT.label("debt_fen"),
            _TOLD.label("told_reason"),
        )
        .outerjoin(Payout, Payout.id == Withdrawal.payout_id)
        .outerjoin(StaffMember, StaffMember.id == Withdrawal.decided_by)
        .outerjoin(PayoutAccount, PayoutAccount.user_id == Withdrawal.user_id)
        .outerjoin(CommissionAccount, CommissionAccount.user_id == Withdrawal.user_id)
    )


def withdrawals(
    session: Session,
    *,
    user_id: int | None = None,
    status: str | None = None,
    before: int | None = None,
    after: int | None = None,
    limit: int,
) -> list[RowMapping]:
    """Withdrawals, one more than `limit`: newest first, or with `after` from there on, oldest
    first."""
    query = _all().limit(limit + 1)
    query = query.order_by(Withdrawal.id.desc() if after is None else Withdrawal.id)
    if user_id is not None:
        query = query.where(Withdrawal.user_id == user_id)
    if status is not None:
        query = query.where(Withdrawal.status == status)
    if before is not None:
        query = query.where(Withdrawal.id < before)
    if after is not None:
        query = query.where(Withdrawal.id > after)
    return list(session.execute(query).mappings())


def withdrawal(session: Session, number: str, user_id: int | None = None) -> RowMapping:
    """One withdrawal, of `user_id` if given. Raises WithdrawalNotFound."""
    query = _all().where(Withdrawal.number == number)
    if user_id is not None:
        query = query.where(Withdrawal.user_id == user_id)
    found = session.execute(query).mappings().one_or_none()
    if found is None:
        raise WithdrawalNotFound
    return found


def terms(session: Session, user_id: int) -> Found:
    """What a promoter may withdraw now, and the code of what hinders it, if anything does."""
    balance = balance_of(session, user_id)
    before = of_day(session, user_id, shop_day(db_now(session)))
    return {
        "available_fen": balance.available_fen,
        "held_fen": balance.held_fen,
        "debt_fen": debt_fen(session, user_id),
        "min_fen": LEAST.get(),
        "max_fen": MOST.get(),
        "fee_bp": FEE_BP.get(),
        "left_today": max(DAY_COUNT.get() - before.count, 0),
        "left_today_fen": max(DAY_MAX.get() - before.amount_fen, 0),
        "by_transfer": BY_TRANSFER.get(),
        "hindered_by": _hindrance(session, user_id),
    }


def _hindrance(session: Session, user_id: int) -> str | None:
    try:
        check_standing(session, user_id)
        check_debt(session, user_id)
    except MallError as refused:
        return refused.code
    return None
