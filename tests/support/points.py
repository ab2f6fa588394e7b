"""Points for tests: short words for the ledger, each in a transaction of its own."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from fractions import Fraction

from sqlalchemy import select, text, update

from mall.kernel.clock import utc_now
from mall.kernel.db import db, transaction
from mall.kernel.ledger import Reason
from mall.points.ledger import holding, posting
from mall.points.ledger.models import PointsAccount, PointsLot
from mall.points.ledger.posting import Reversed

LATER = timedelta(days=30)
_sources = itertools.count()


def give(
    user_id: int,
    points: int,
    *,
    source: str | None = None,
    days: int | None = 30,
    until: datetime | None = None,
    frozen: bool = False,
) -> int:
    """The entry of a grant that expires in so many days, or at that moment."""
    if until is None and days is not None:
        until = utc_now() + timedelta(days=days)
    with transaction() as session:
        reason = Reason("adjust", source or f"test:{next(_sources)}")
        return posting.post(
            session, user_id, reason, points, expires_at=until, frozen=frozen
        ).entry_id


def thaw(entry_id: int, until: datetime | None = None) -> int:
    with transaction() as session:
        return posting.thaw(session, entry_id, until)


def reverse(entry_id: int, share: Fraction = Fraction(1)) -> Reversed:
    with transaction() as session:
        return posting.reverse(session, entry_id, share)


def hold(user_id: int, source: str, points: int) -> int:
    with transaction() as session:
        return holding.hold(session, user_id, source, points)


def settle(source: str) -> int:
    with transaction() as session:
        return holding.settle(session, source)


def release(source: str) -> int:
    with transaction() as session:
        return holding.release(session, source)


def give_back(source: str, in_all: int) -> int:
    with transaction() as session:
        return holding.give_back(session, source, in_all)


def make_due(*entry_ids: int) -> None:
    """The lots of these grants end now."""
    with transaction() as session:
        session.execute(
            update(PointsLot)
            .where(PointsLot.entry_id.in_(entry_ids))
            .values(expires_at=text("clock_timestamp() - interval '1 second'"))
        )


def figures(user_id: int) -> tuple[int, int, int, int]:
    """Available, frozen, held, debt."""
    db.session.rollback()
    account = PointsAccount
    row = db.session.execute(
        select(account.available, account.frozen, account.held, account.debt).where(
            account.user_id == user_id
        )
    ).one_or_none()
    db.session.rollback()
    return tuple(row) if row else (0, 0, 0, 0)
