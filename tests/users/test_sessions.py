"""Tokens: never stored in clear, sliding, revocable."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from sqlalchemy import func, select, text, update

from mall.kernel.db import db, db_now, transaction
from mall.users import sessions
from mall.users.models import User, UserToken
from tests.support.statements import sent_statements
from tests.support.users import make_shopper


def expires_in_days(user_id: int) -> float:
    db.session.rollback()
    expires_at = db.session.scalars(
        select(UserToken.expires_at).where(UserToken.user_id == user_id)
    ).one()
    return (expires_at - db_now(db.session())) / timedelta(days=1)


def set_expiry(user_id: int, left: str) -> None:
    with transaction() as session:
        session.execute(
            update(UserToken)
            .where(UserToken.user_id == user_id)
            .values(expires_at=func.now() + text(f"interval '{left}'"))
        )


def test_the_token_is_stored_nowhere(app: Flask) -> None:
    user_id, token = make_shopper()
    stored = db.session.execute(text("SELECT t::text FROM user_tokens t")).scalars().all()
    assert len(stored) == 1
    assert token not in stored[0]
    assert token.encode().hex() not in stored[0]
    found = sessions.shopper_by_token(token)
    assert found is not None
    assert found.user_id == user_id


def test_a_made_up_token_is_refused(app: Flask) -> None:
    _, token = make_shopper()
    assert sessions.shopper_by_token(token[:-1] + ("A" if token[-1] != "A" else "B")) is None
    assert sessions.shopper_by_token("") is None


def test_an_expired_token_is_refused_and_swept(app: Flask) -> None:
    user_id, token = make_shopper()
    set_expiry(user_id, "-1 second")
    assert sessions.shopper_by_token(token) is None
    set_expiry(user_id, "-2 days")
    sessions.forget_expired_tokens()
    assert db.session.scalar(select(func.count()).select_from(UserToken)) == 0


def test_a_revoked_token_is_refused(app: Flask) -> None:
    _, token = make_shopper()
    found = sessions.shopper_by_token(token)
    assert found is not None
    with transaction() as session:
        sessions.revoke(session, found.token_id)
    assert sessions.shopper_by_token(token) is None


def test_a_blocked_shopper_is_refused(app: Flask) -> None:
    user_id, token = make_shopper()
    with transaction() as session:
        session.execute(update(User).where(User.id == user_id).values(blocked_at=func.now()))
    assert sessions.shopper_by_token(token) is None


def test_expiry_slides_with_use(app: Flask) -> None:
    user_id, token = make_shopper()
    set_expiry(user_id, "2 days")
    assert sessions.shopper_by_token(token)
    assert expires_in_days(user_id) > 29.9


def test_a_token_used_within_the_hour_costs_one_select(app: Flask) -> None:
    user_id, token = make_shopper()
    set_expiry(user_id, "29 days 23 hours 30 minutes")
    with sent_statements() as statements:
        assert sessions.shopper_by_token(token)
    assert len([s for s in statements if "user_tokens" in s]) == 1
    assert expires_in_days(user_id) < 29.99
