"""What staff may see of shoppers and do to them. Each look leaves a row, too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.masking import mask_phone
from mall.staff.audit import record
from mall.users import phones, queries, sessions
from mall.users.models import User

MOST_FOUND = 50


@dataclass(frozen=True, slots=True)
class ShopperView:
    """A shopper as staff sees one: no openid, the phone masked."""

    id: int
    nickname: str | None
    avatar_url: str | None
    phone: str | None
    risk_rank: int | None
    blocked_at: datetime | None
    created_at: datetime


def find_by_phone(phone: str) -> Sequence[ShopperView]:
    """The shoppers who verified this phone, the newest first.

    Finds by the blind index, so by the whole number only; the row in the trail names the
    shoppers found and the number masked.
    """
    written = phones.canonical(phone)
    with transaction() as session:
        found = session.scalars(
            select(User)
            .where(User.phone_index == phones.index_of(written))
            .order_by(User.id.desc())
            .limit(MOST_FOUND)
        ).all()
        views = [_view(user) for user in found]
        record(
            session,
            action="shopper.find",
            target_type="shopper",
            target_id=",".join(str(view.id) for view in views[:10]),
            after={"phone": mask_phone(written), "found": len(views)},
        )
    return views


def look_at(user_id: int) -> ShopperView:
    """One shopper. Raises NotFound."""
    with transaction() as session:
        view = _view(queries.user(session, user_id))
        record(session, action="shopper.read", target_type="shopper", target_id=user_id)
    return view


def block(user_id: int, reason: str) -> ShopperView:
    """Log a shopper out everywhere and refuse further logins. Repeating it changes nothing.

    Raises NotFound.
    """
    with transaction() as session:
        return _set_blocked(session, user_id, blocked=True, reason=reason)


def unblock(user_id: int) -> ShopperView:
    """Let a shopper log in again. Raises NotFound."""
    with transaction() as session:
        return _set_blocked(session, user_id, blocked=False, reason=None)


def _set_blocked(
    session: Session, user_id: int, *, blocked: bool, reason: str | None
) -> ShopperView:
    was_blocked = User.blocked_at.is_not(None)
    changed = session.execute(
        update(User)
        .where(User.id == user_id, was_blocked != blocked)
        .values(blocked_at=func.now() if blocked else None)
        .returning(User.id)
    ).first()
    if blocked:
        sessions.revoke_all(session, user_id)
    view = _view(queries.user(session, user_id))
    if changed:
        record(
            session,
            action="shopper.block" if blocked else "shopper.unblock",
            target_type="shopper",
            target_id=user_id,
            before={"blocked": not blocked},
            after={"blocked": blocked, "reason": reason},
        )
    return view


def _view(user: User) -> ShopperView:
    return ShopperView(
        id=user.id,
        nickname=user.nickname,
        avatar_url=user.avatar_url,
        phone=phones.masked_phone(user),
        risk_rank=user.risk_rank,
        blocked_at=user.blocked_at,
        created_at=user.created_at,
    )
