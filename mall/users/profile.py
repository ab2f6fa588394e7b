"""What shoppers say of themselves: nickname, picture, phone."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select, update

from mall.kernel.db import db, transaction
from mall.kernel.events import publish
from mall.kernel.http.access import Shopper
from mall.kernel.phone_numbers import canonical
from mall.users import phones
from mall.users.errors import NicknameRefused, PhoneCodeInvalid
from mall.users.events import ProfileChanged
from mall.users.models import User
from mall.users.names import check_name
from mall.users.wechat_errors import translated_wechat_errors
from mall.wechat.gateway import gateway


def update_profile(shopper: Shopper, changes: dict[str, str | None]) -> None:
    """Set `nickname` and `avatar_url`, those that are given.

    A new nickname goes to WeChat's content check first. Only a clean verdict passes: one
    to be reviewed is refused like a risky one, because another nickname costs the shopper
    a moment and a queue of nicknames would cost the shop a moderator.

    Raises NicknameRefused, WechatVisitTooOld or WechatUnreachable; nothing is set then.
    """
    nickname = changes.get("nickname")
    if nickname and nickname != _nickname(shopper.user_id):
        check_name(shopper.openid, nickname, NicknameRefused(param="nickname"))
    with transaction() as session:
        session.execute(update(User).where(*_open(shopper.user_id)).values(**changes))
        publish(session, ProfileChanged(shopper.user_id))


def _open(user_id: int) -> tuple[ColumnElement[bool], ...]:
    """The shopper's row, unless the account was closed meanwhile: then nothing is written."""
    return User.id == user_id, User.closed_at.is_(None)


def _nickname(user_id: int) -> str | None:
    return db.session.scalar(select(User.nickname).where(User.id == user_id))


def set_phone(shopper: Shopper, code: str) -> None:
    """Trade a getPhoneNumber code for the shopper's number and keep it sealed.

    Raises PhoneCodeInvalid or WechatUnreachable.
    """
    refused = {"40029": PhoneCodeInvalid, "WATERMARK_MISMATCH": PhoneCodeInvalid}
    with translated_wechat_errors(refused):
        number = gateway().mini.phone_number(code, shopper.openid)
    phone = canonical(f"+{number.country_code or '86'}{number.pure_number}")
    with transaction() as session:
        session.execute(
            update(User).where(*_open(shopper.user_id)).values(**phones.sealed_values(phone))
        )
        publish(session, ProfileChanged(shopper.user_id))


def forget_phone(user_id: int) -> None:
    """Erase the shopper's phone; orders keep the one that they were placed with."""
    with transaction() as session:
        session.execute(
            update(User).where(User.id == user_id).values(phone_sealed=None, phone_index=None)
        )
