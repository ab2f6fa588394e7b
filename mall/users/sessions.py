"""A shopper's logins: opaque tokens, stored hashed, with a sliding expiry."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Interval, bindparam, delete, func, select, text
from sqlalchemy.orm import Session

from mall.kernel import jobs
from mall.kernel.db import db, transaction
from mall.kernel.http.access import Shopper
from mall.kernel.prepared import PreparedStatement
from mall.kernel.tokens import new_token, token_hash
from mall.users.errors import AccountClosed
from mall.users.models import User, UserToken
from mall.users.settings import SESSION_DAYS

SLIDE_AT_MOST_EVERY = timedelta(hours=1)

_FIND = PreparedStatement(
    select(
        UserToken.id.label("token_id"),
        User.id.label("user_id"),
        User.openid,
        (UserToken.expires_at < func.now() + bindparam("fresh", type_=Interval)).label("due"),
    )
    .join(User, User.id == UserToken.user_id)
    .where(
        UserToken.token_hash == bindparam("hash"),
        UserToken.expires_at > func.now(),
        User.blocked_at.is_(None),
        User.closed_at.is_(None),
    )
)


def _life() -> timedelta:
    return timedelta(days=SESSION_DAYS.get())


def shopper_by_token(token: str) -> Shopper | None:
    """The shopper who is logged in with `token`; None if it is unknown, expired or revoked.

    One SELECT; at most once an hour a write that moves the expiry on.
    """
    found = _FIND.first(db.session(), hash=token_hash(token), fresh=_life() - SLIDE_AT_MOST_EVERY)
    if found is None:
        return None
    if found.due:
        _slide(found.user_id, found.token_id)
    return Shopper(user_id=found.user_id, openid=found.openid, token_id=found.token_id)


_SLIDE = text(
    """
    WITH seen AS (
        UPDATE users SET last_seen_at = clock_timestamp() WHERE id = :user_id RETURNING id
    )
    UPDATE user_tokens t SET expires_at = now() + :life FROM seen WHERE t.id = :token_id
    """
)
"""The shopper's row is locked before the token's, as everywhere."""


def _slide(user_id: int, token_id: int) -> None:
    with transaction() as session:
        session.execute(_SLIDE, {"user_id": user_id, "token_id": token_id, "life": _life()})


_ISSUE = text(
    """
    WITH seen AS (
        UPDATE users SET last_seen_at = clock_timestamp()
        WHERE id = :user_id AND closed_at IS NULL RETURNING id
    )
    INSERT INTO user_tokens (user_id, token_hash, expires_at)
    SELECT id, :token_hash, now() + :life FROM seen
    RETURNING expires_at
    """
)


def issue(session: Session, user_id: int) -> tuple[str, datetime]:
    """A new token of this shopper, and when it expires unless it is used before.

    The shopper's row is locked, so an account that closes at the same moment is closed before
    (AccountClosed), or takes the token away with it.
    """
    token, hashed = new_token()
    given = {"user_id": user_id, "token_hash": hashed, "life": _life()}
    expires_at: datetime | None = session.scalar(_ISSUE, given)
    if expires_at is None:
        raise AccountClosed
    return token, expires_at


def revoke(session: Session, token_id: int) -> None:
    """End one login."""
    session.execute(delete(UserToken).where(UserToken.id == token_id))


def revoke_all(session: Session, user_id: int) -> None:
    """End every login of a shopper."""
    session.execute(delete(UserToken).where(UserToken.user_id == user_id))


@jobs.job("users.forget_expired_tokens", retry=jobs.SWEEP, cron="37 * * * *")
def forget_expired_tokens() -> None:
    """Drop tokens that expired; they are refused anyway."""
    with transaction() as session:
        session.execute(
            delete(UserToken).where(UserToken.expires_at < func.now() - text("interval '1 day'"))
        )
