"""Login: a `wx.login` code becomes a shopper and a token."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.kernel.db import ask_database, transaction
from mall.kernel.events import publish
from mall.users import returning, risk, sessions
from mall.users.errors import AccountBlocked, AccountClosed, AccountRefused, LoginCodeInvalid
from mall.users.events import ShopperRegistered
from mall.users.first_touch import FirstTouch
from mall.users.models import User
from mall.users.wechat_errors import translated_wechat_errors
from mall.wechat.gateway import MiniSession, gateway

_MEANINGS = {"40029": LoginCodeInvalid, "40163": LoginCodeInvalid, "40226": AccountRefused}


@dataclass(frozen=True, slots=True)
class Login:
    """A fresh login. The token is shown this once."""

    user_id: int
    token: str = field(repr=False)
    expires_at: datetime
    is_new: bool


def log_in(code: str, client_ip: str, attribution: FirstTouch | None = None) -> Login:
    """Log the owner of a `wx.login` code in; the first time makes the shopper.

    That first time `attribution` is kept with the shopper and `ShopperRegistered` is published.

    The session key is dropped: nothing here decrypts what the client sends, and a key that
    isn't kept can't leak. Two logins of one person at once make one shopper. Whoever closed
    the account before is a new shopper.

    Raises LoginCodeInvalid, AccountRefused (WeChat's view), AccountBlocked (the shop's)
    or WechatUnreachable.
    """
    mini = gateway().mini
    ask_database()  # a code is good once
    with translated_wechat_errors(_MEANINGS):
        owner = mini.code_to_session(code)
    with transaction() as session:
        user_id, is_new = shopper_of(session, mini.appid, owner, attribution or None)
        try:
            token, expires_at = sessions.issue(session, user_id)
        except AccountClosed:
            # Just now, on another phone: who logs in again is a new shopper.
            user_id, is_new = shopper_of(session, mini.appid, owner, attribution or None)
            token, expires_at = sessions.issue(session, user_id)
        if is_new:
            risk.ask(session, user_id, client_ip, risk.REGISTRATION)
    return Login(user_id, token, expires_at, is_new)


def shopper_of(
    session: Session, appid: str, owner: MiniSession, first_touch: FirstTouch | None
) -> tuple[int, bool]:
    """The shopper's id and whether it was made just now. Raises AccountBlocked."""
    known = _find(session, appid, owner.openid)
    if known is None:
        made = _make(session, appid, owner, first_touch)
        if made is not None:
            returning.recognise(session, made, appid, owner.openid)
            publish(session, ShopperRegistered(made, first_touch))
            return made, True
        # Another login of the same person made the shopper meanwhile, and has committed:
        # the insert waited for it.
        known = _find(session, appid, owner.openid)
        assert known is not None
    if known.blocked_at is not None:
        raise AccountBlocked
    if owner.unionid and owner.unionid != known.unionid:
        session.execute(
            update(User)
            .where(User.id == known.id, User.closed_at.is_(None))
            .values(unionid=owner.unionid)
        )
    return known.id, False


def _find(session: Session, appid: str, openid: str) -> User | None:
    return session.scalar(select(User).where(User.appid == appid, User.openid == openid))


def _make(
    session: Session, appid: str, owner: MiniSession, first_touch: FirstTouch | None
) -> int | None:
    return session.scalar(
        insert(User)
        .values(appid=appid, openid=owner.openid, unionid=owner.unionid, first_touch=first_touch)
        .on_conflict_do_nothing()
        .returning(User.id)
    )


def log_out(token_id: int) -> None:
    """Revoke the token in use."""
    with transaction() as session:
        sessions.revoke(session, token_id)


def log_out_everywhere(user_id: int) -> None:
    """Revoke every token of the shopper, the one in use too."""
    with transaction() as session:
        sessions.revoke_all(session, user_id)
