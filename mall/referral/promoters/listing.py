"""Lists of promoters, agreements and levels, for staff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from mall.kernel.clock import from_microseconds
from mall.referral.promoters.errors import PromoterNotFound
from mall.referral.promoters.models import (
    APPLIED,
    Promoter,
    PromoterAcceptance,
    PromoterAgreement,
    PromoterChange,
    PromoterLevel,
)
from mall.staff.models import StaffMember
from mall.users.models import User

HISTORY = 100
"""Changes that one promoter's page shows."""


@dataclass(frozen=True, slots=True)
class PromoterView:
    """A promoter with what a list shows beside."""

    promoter: Promoter
    level: str
    nickname: str | None


def promoters(
    session: Session,
    *,
    status: str | None,
    level_id: int | None,
    before: int | None,
    limit: int,
) -> list[PromoterView]:
    """Promoters, the newest shoppers first; one more than `limit`, for paging."""
    query = _views().order_by(Promoter.user_id.desc()).limit(limit + 1)
    if status is not None:
        query = query.where(Promoter.status == status)
    if level_id is not None:
        query = query.where(Promoter.level_id == level_id)
    if before is not None:
        query = query.where(Promoter.user_id < before)
    return [PromoterView(*row) for row in session.execute(query)]


def applications(
    session: Session, *, after: tuple[int, int] | None, limit: int
) -> list[PromoterView]:
    """Applications that wait, the oldest first. `after` is a time in microseconds and a shopper."""
    query = _views().where(Promoter.status == APPLIED)
    if after is not None:
        at, user_id = after
        place = tuple_(Promoter.applied_at, Promoter.user_id)
        query = query.where(place > (from_microseconds(at), user_id))
    query = query.order_by(Promoter.applied_at, Promoter.user_id).limit(limit + 1)
    return [PromoterView(*row) for row in session.execute(query)]


def one_promoter(session: Session, user_id: int) -> dict[str, Any]:
    """A promoter with the newest changes and what they accepted. Raises PromoterNotFound."""
    row = session.execute(_views().where(Promoter.user_id == user_id)).one_or_none()
    if row is None:
        raise PromoterNotFound
    changes = session.execute(
        select(PromoterChange, StaffMember.username.label("staff"))
        .outerjoin(StaffMember, StaffMember.id == PromoterChange.staff_id)
        .where(PromoterChange.user_id == user_id)
        .order_by(PromoterChange.id.desc())
        .limit(HISTORY)
    ).all()
    accepted = session.scalars(
        select(PromoterAcceptance)
        .where(PromoterAcceptance.user_id == user_id)
        .order_by(PromoterAcceptance.version.desc())
        .limit(HISTORY)
    ).all()
    return {"view": PromoterView(*row), "changes": changes, "accepted": accepted}


def agreements(session: Session, *, before: int | None, limit: int) -> Sequence[PromoterAgreement]:
    """Versions of the agreement, newest first."""
    query = select(PromoterAgreement).order_by(PromoterAgreement.version.desc()).limit(limit + 1)
    if before is not None:
        query = query.where(PromoterAgreement.version < before)
    return session.scalars(query).all()


def levels(session: Session) -> Sequence[Any]:
    """All levels by position, and how many active promoters each has."""
    active = (
        select(func.count())
        .where(Promoter.level_id == PromoterLevel.id, Promoter.status == "active")
        .scalar_subquery()
    )
    query = select(
        PromoterLevel.id, PromoterLevel.name, PromoterLevel.position, active.label("promoters")
    )
    return session.execute(query.order_by(PromoterLevel.position)).all()


def _views() -> Any:
    return (
        select(Promoter, PromoterLevel.name, User.nickname)
        .join(PromoterLevel, PromoterLevel.id == Promoter.level_id)
        .join(User, User.id == Promoter.user_id)
        .execution_options(populate_existing=True)
    )
