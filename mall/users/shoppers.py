"""What staff may see of shoppers and do to them. Each look leaves a row, too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.masking import mask_phone
from mall.kernel.phone_numbers import canonical
from mall.staff.audit import record
from mall.users import listing, phones, queries, sessions
from mall.users.figures import figures_of
from mall.users.listing import ShopperFilter
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
    closed_at: datetime | None
    last_seen_at: datetime
    created_at: datetime
    figures: Mapping[str, int] = field(default_factory=dict)


def ids_by_phone(phone: str) -> Select[int]:
    """The ids of the shoppers who verified this phone, however it is written here."""
    return select(User.id).where(_verified(canonical(phone)))


def find_by_phone(phone: str) -> Sequence[ShopperView]:
    """The shoppers who verified this phone, the newest first.

    Finds by the blind index, so by the whole number only; the row in the trail names the
    shoppers found and the number masked.
    """
    written = canonical(phone)
    with transaction() as session:
        found = session.scalars(
            select(User).where(_verified(written)).order_by(User.id.desc()).limit(MOST_FOUND)
        ).all()
        views = _views(session, found)
        record(
            session,
            action="shopper.find",
            target_type="shopper",
            target_id=",".join(str(view.id) for view in views[:10]),
            after={"phone": mask_phone(written), "found": len(views)},
        )
    return views


def listed(wanted: ShopperFilter, *, before: int | None, limit: int) -> Sequence[ShopperView]:
    """Shoppers that fit, newest first, older than id `before`; one more than `limit`.

    Raises ValidationFailed for an unknown condition.
    """
    with transaction() as session:
        found = listing.shoppers(session, wanted, before=before, limit=limit)
        views = _views(session, found)
        record(
            session,
            action="shopper.list",
            target_type="shopper",
            target_id=",".join(str(view.id) for view in views[:10]),
            after={**wanted.used(), "found": min(len(views), limit)},
        )
    return views


def open_phone(user_id: int) -> str | None:
    """A shopper's phone in clear, None where none is known. Raises NotFound."""
    with transaction() as session:
        phone = phones.phone_of(queries.user(session, user_id))
        record(session, action="shopper.open_phone", target_type="shopper", target_id=user_id)
    return phone


def look_at(user_id: int) -> ShopperView:
    """One shopper. Raises NotFound."""
    with transaction() as session:
        view = _one(session, user_id)
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
    view = _one(session, user_id)
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


def _verified(written: str) -> ColumnElement[bool]:
    return User.phone_index == phones.index_of(written)


def _views(session: Session, users: Sequence[User]) -> list[ShopperView]:
    figures = figures_of(session, [user.id for user in users])
    return [_view(user, figures[user.id]) for user in users]


def _one(session: Session, user_id: int) -> ShopperView:
    return _views(session, [queries.user(session, user_id)])[0]


def _view(user: User, figures: Mapping[str, int]) -> ShopperView:
    return ShopperView(
        id=user.id,
        nickname=user.nickname,
        avatar_url=user.avatar_url,
        phone=phones.masked_phone(user),
        risk_rank=user.risk_rank,
        blocked_at=user.blocked_at,
        closed_at=user.closed_at,
        last_seen_at=user.last_seen_at,
        created_at=user.created_at,
        figures=figures,
    )
