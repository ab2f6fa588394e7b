"""Reads of points for shoppers and staff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.kernel.errors import NotFound
from mall.kernel.prepared import PreparedStatement
from mall.points.ledger.models import PointsEntry
from mall.points.statements.details import details_of
from mall.users.models import User

# What is due and not swept yet isn't shown. The index of open lots answers this and what expires
# next, as the clock is read once.
AVAILABLE = """(
    a.available - (
        SELECT coalesce(sum(remaining), 0)::bigint FROM points_lots
        WHERE user_id = a.user_id AND remaining > 0 AND NOT frozen
          AND expires_at <= (SELECT clock_timestamp())
    )
)"""
"""What can be spent of the account `a`, as SQL."""
_BALANCE = PreparedStatement(
    f"""
    SELECT {AVAILABLE} AS available, a.frozen, a.held, a.debt, next.expires_at, next.points
    FROM points_accounts a
    LEFT JOIN LATERAL (
        SELECT expires_at, sum(remaining)::bigint AS points FROM points_lots
        WHERE user_id = a.user_id AND remaining > 0 AND NOT frozen AND expires_at = (
            SELECT min(expires_at) FROM points_lots
            WHERE user_id = a.user_id AND remaining > 0 AND NOT frozen
              AND expires_at > (SELECT clock_timestamp())
        )
        GROUP BY expires_at
    ) next ON true
    WHERE a.user_id = :user_id
    """  # noqa: S608
)


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of a statement; see `PointsEntry`. `detail` is "" where no more is known."""

    id: int
    kind: str
    label: str
    detail: str
    available: int
    frozen: int
    held: int
    debt: int
    source: str
    note: str
    staff_id: int | None
    created_at: datetime


COPIED = tuple(name for name in Line.__dataclass_fields__ if name != "detail")


@dataclass(frozen=True, slots=True)
class NextExpiry:
    """So many points expire next."""

    expires_at: datetime
    points: int


@dataclass(frozen=True, slots=True)
class Balance:
    """What a shopper has, in points; see `PointsAccount`."""

    available: int = 0
    frozen: int = 0
    held: int = 0
    debt: int = 0
    next_expiry: NextExpiry | None = None


def balance(session: Session, user_id: int) -> Balance:
    """A shopper's points now. Costs the same however long the history is."""
    row = _BALANCE.first(session, user_id=user_id)
    if row is None:
        return Balance()
    following = None if row.expires_at is None else NextExpiry(row.expires_at, row.points)
    return Balance(row.available, row.frozen, row.held, row.debt, following)


def entries(session: Session, user_id: int, *, before: int | None, limit: int) -> Sequence[Line]:
    """A shopper's entries, newest first; one more than `limit`."""
    query = select(PointsEntry).where(PointsEntry.user_id == user_id)
    if before is not None:
        query = query.where(PointsEntry.id < before)
    found = session.scalars(query.order_by(PointsEntry.id.desc()).limit(limit + 1)).all()
    details = details_of(session, found)
    return [
        Line(detail=details.get(one.id, ""), **{name: getattr(one, name) for name in COPIED})
        for one in found
    ]


def known_shopper(session: Session, user_id: int) -> None:
    """Raises NotFound."""
    if session.scalar(select(User.id).where(User.id == user_id)) is None:
        raise NotFound
