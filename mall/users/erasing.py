"""Erasing what features keep of a shopper whose account is closed.

Most goes at once. What the shop needs to answer for an order (its address, the payer's openid)
goes when `users.closed_keep_days` are over. Every eraser runs again until its time has passed,
so one that failed, or a request that was under way while the account was closed, leaves nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from mall.kernel.db import db, transaction
from mall.kernel.http.idempotency import IdempotencyRecord
from mall.kernel.jobs import brief
from mall.kernel.registry import Registry
from mall.users.models import Address, User
from mall.users.settings import CLOSED_KEEP_DAYS

ERASE_JOB = "users.erase_closed"
BATCH = 200


@dataclass(frozen=True)
class Eraser:
    """What a feature keeps of a shopper. `erase(session, user_id)` is safe to repeat.

    `left` is an SQL condition over `u` (a row of users): true while something is there. `at_once`
    is False for what is kept until `users.closed_keep_days` after the closing.
    """

    name: str
    erase: Callable[[Session, int], object]
    left: str
    at_once: bool = True


ERASERS: Registry[Eraser] = Registry("erasers", lambda one: one.name)


def erase_at_once(user_id: int) -> None:
    """Erase what needn't be kept, a transaction an eraser."""
    _erase(user_id, [one for one in ERASERS.items().values() if one.at_once])


def erase_due() -> None:
    """Erase, once more or at the end of its time, what is due of closed accounts.

    An account where an eraser fails waits for the next round, and holds up no other.
    """
    keep = timedelta(days=CLOSED_KEEP_DAYS.get())
    due = db.session.execute(
        select(User.id, User.closed_at + keep, User.closed_at + keep <= func.clock_timestamp())
        .where(User.erase_due_at <= func.clock_timestamp())
        .order_by(User.erase_due_at)
        .limit(BATCH)
    ).all()
    db.session.rollback()
    for user_id, kept_until, over in due:
        try:
            _erase_due(user_id, None if over else kept_until)
        except Exception as fault:
            db.session.rollback()
            structlog.get_logger("mall.users").error(
                "erasing failed", user_id=user_id, error=brief(fault)
            )


def _erase_due(user_id: int, next_due: datetime | None) -> None:
    _erase(user_id, [one for one in ERASERS.items().values() if one.at_once or next_due is None])
    with transaction() as session:
        session.execute(update(User).where(User.id == user_id).values(erase_due_at=next_due))


def _erase(user_id: int, erasers: list[Eraser]) -> None:
    for one in erasers:
        with transaction() as session:
            one.erase(session, user_id)


def _erase_own(session: Session, user_id: int) -> None:
    session.execute(delete(Address).where(Address.user_id == user_id))
    # Kept answers hold addresses and phones in clear for a week.
    session.execute(
        delete(IdempotencyRecord).where(IdempotencyRecord.principal == f"shopper:{user_id}")
    )


OWN = Eraser(
    "users",
    _erase_own,
    """
    EXISTS (SELECT 1 FROM addresses a WHERE a.user_id = u.id)
    OR EXISTS (SELECT 1 FROM idempotency_records r WHERE r.principal = 'shopper:' || u.id)
    """,
)


def _what_is_left(*, at_once: bool) -> str:
    parts = [
        f"SELECT '{one.name}' AS eraser, u.id AS user_id FROM closed u WHERE {one.left}"  # noqa: S608
        for one in ERASERS.items().values()
        if one.at_once == at_once
    ]
    return " UNION ALL ".join(parts) or "SELECT 1 WHERE false"


def left_at_once() -> str:
    """SQL: closed accounts of which something is left an hour later."""
    closed = "closed_at >= :since AND closed_at < now() - interval '1 hour'"
    return f"WITH closed AS MATERIALIZED (SELECT * FROM users WHERE {closed}) " + _what_is_left(  # noqa: S608
        at_once=True
    )


def left_after_keeping() -> str:
    """SQL: accounts that are done with, of which something is left nevertheless."""
    closed = "closed_at >= :since AND erase_due_at IS NULL"
    return f"WITH closed AS MATERIALIZED (SELECT * FROM users WHERE {closed}) " + _what_is_left(  # noqa: S608
        at_once=False
    )
