"""Reads of commission."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.kernel.errors import NotFound
from mall.referral.commission.errors import CommissionPlanNotFound
from mall.referral.commission.line_models import CommissionPlan, CommissionRate
from mall.referral.commission.models import CommissionAccount, CommissionEntry
from mall.users.models import User


@dataclass(frozen=True, slots=True)
class Balance:
    """What a promoter has, in fen; see CommissionAccount."""

    pending_fen: int = 0
    available_fen: int = 0
    held_fen: int = 0
    debt_fen: int = 0


@dataclass(frozen=True, slots=True)
class PlanWithRates:
    """A version of the rates."""

    version: int
    name: str
    created_at: datetime
    rates: Sequence[CommissionRate]


def balance_of(session: Session, user_id: int) -> Balance:
    """What a shopper has; all zeros for who never had anything."""
    row = session.execute(
        select(
            CommissionAccount.pending_fen,
            CommissionAccount.available_fen,
            CommissionAccount.held_fen,
            CommissionAccount.debt_fen,
        ).where(CommissionAccount.user_id == user_id)
    ).one_or_none()
    return Balance() if row is None else Balance(*row)


def entries(
    session: Session, user_id: int, *, before: int | None, limit: int
) -> Sequence[CommissionEntry]:
    """A shopper's entries, newest first; one more than `limit`."""
    query = select(CommissionEntry).where(CommissionEntry.user_id == user_id)
    if before is not None:
        query = query.where(CommissionEntry.id < before)
    return session.scalars(query.order_by(CommissionEntry.id.desc()).limit(limit + 1)).all()


def accounts_by_shopper(
    session: Session, *, in_debt: bool, after: int | None, limit: int
) -> Sequence[CommissionAccount]:
    """Accounts by ascending shopper, all or those that owe; one more than `limit`."""
    query = select(CommissionAccount).order_by(CommissionAccount.user_id).limit(limit + 1)
    if in_debt:
        query = query.where(CommissionAccount.debt_fen > 0)
    if after is not None:
        query = query.where(CommissionAccount.user_id > after)
    return session.scalars(query.execution_options(populate_existing=True)).all()


def plans(session: Session, *, before: int | None, limit: int) -> list[PlanWithRates]:
    """Versions of the rates, newest first; one more than `limit`."""
    query = select(CommissionPlan).order_by(CommissionPlan.version.desc()).limit(limit + 1)
    if before is not None:
        query = query.where(CommissionPlan.version < before)
    return [_with_rates(session, one) for one in session.scalars(query)]


def plan(session: Session, version: int) -> PlanWithRates:
    """One version. Raises CommissionPlanNotFound."""
    found = session.get(CommissionPlan, version)
    if found is None:
        raise CommissionPlanNotFound
    return _with_rates(session, found)


def known_shopper(session: Session, user_id: int) -> None:
    """Raises NotFound."""
    if session.scalar(select(User.id).where(User.id == user_id)) is None:
        raise NotFound


def _with_rates(session: Session, found: CommissionPlan) -> PlanWithRates:
    rates = session.scalars(
        select(CommissionRate)
        .where(CommissionRate.version == found.version)
        .order_by(CommissionRate.id)
    ).all()
    return PlanWithRates(found.version, found.name, found.created_at, rates)
