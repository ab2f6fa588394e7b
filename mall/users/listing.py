"""The staff's list of shoppers: filters, each with an index that answers it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from mall.kernel.errors import ValidationFailed
from mall.users.figures import condition
from mall.users.models import User

STATUSES = {
    "active": User.blocked_at.is_(None) & User.closed_at.is_(None),
    "blocked": User.blocked_at.is_not(None),
    "closed": User.closed_at.is_not(None),
}
"""A shopper's status, and what makes it."""


@dataclass(frozen=True)
class ShopperFilter:
    """What staff look for; each part narrows. Times are from (included) to (not included).

    `nickname` is how the nickname begins. `having` and `lacking` name a condition of
    `SHOPPER_FIGURES`.
    """

    status: str | None = None
    nickname: str | None = None
    registered_from: datetime | None = None
    registered_to: datetime | None = None
    seen_from: datetime | None = None
    seen_to: datetime | None = None
    having: str | None = None
    lacking: str | None = None

    def used(self) -> dict[str, Any]:
        """The parts that narrow."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def clauses(self) -> list[ColumnElement[bool]]:
        """Raises ValidationFailed for a condition that no feature has."""
        bounds = (
            (self.registered_from, User.created_at.__ge__),
            (self.registered_to, User.created_at.__lt__),
            (self.seen_from, User.last_seen_at.__ge__),
            (self.seen_to, User.last_seen_at.__lt__),
        )
        clauses = [compare(moment) for moment, compare in bounds if moment is not None]
        if self.status is not None:
            clauses.append(STATUSES[self.status])
        if self.nickname is not None:
            clauses.append(User.nickname.startswith(self.nickname, autoescape=True))
        if self.having is not None:
            clauses.append(_known(self.having, "having"))
        if self.lacking is not None:
            clauses.append(~_known(self.lacking, "lacking"))
        return clauses


def _known(name: str, param: str) -> ColumnElement[bool]:
    found = condition(name)
    if found is None:
        raise ValidationFailed("没有这项条件", param=param)
    return found


def shoppers(
    session: Session, wanted: ShopperFilter, *, before: int | None, limit: int
) -> Sequence[User]:
    """Shoppers that fit, newest first, older than id `before`; one more than `limit`."""
    query = select(User).where(*wanted.clauses()).order_by(User.id.desc()).limit(limit + 1)
    if before is not None:
        query = query.where(User.id < before)
    return session.scalars(query.execution_options(populate_existing=True)).all()
