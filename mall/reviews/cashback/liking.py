"""Shoppers who opened a shared show like it: each shopper once, each device once, never too many.

The unique rows decide who is counted; one conditional statement counts, and stops at the number
that was promised. Lock order: account, like, show.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.failpoints import around_commit
from mall.messages.sending import send_soon
from mall.reviews.cashback import metrics
from mall.reviews.cashback.devices import digest, is_used
from mall.reviews.cashback.errors import (
    CashbackDeviceUsed,
    CashbackNotOpened,
    CashbackOver,
    CashbackOwnLike,
    CashbackShowNotFound,
)
from mall.reviews.cashback.message import CASHBACK
from mall.reviews.cashback.models import COLLECTING, REACHED, CashbackLike, CashbackShow
from mall.reviews.cashback.page_kind import NAME
from mall.reviews.cashback.settings import HOLD_DAYS
from mall.reviews.writing.models import Review
from mall.reviews.writing.names import APPROVED
from mall.sharing.shares.opening import find
from mall.sharing.shares.queries import has_opened
from mall.users.queries import hold_open_account, is_same_person


@dataclass(frozen=True, slots=True)
class Liked:
    """How far a show is."""

    likes: int
    needed: int


def like(user_id: int, show_id: int, share: str, device: str) -> Liked:
    """Like a show that its writer shared; how far it is then. Again changes nothing.

    `share` is the token by which the shopper opened it, `device` what the client calls itself.
    Raises CashbackShowNotFound, CashbackOwnLike, CashbackNotOpened, CashbackDeviceUsed,
    CashbackOver, AccountClosed.
    """
    with transaction() as session:
        around_commit(session, "cashback.before_like_commit", "cashback.after_like_commit")
        hold_open_account(session, user_id)
        show = _shown(session, show_id)
        if is_same_person(session, user_id, show.user_id):
            raise CashbackOwnLike
        mine = select(CashbackLike.id).where(
            CashbackLike.show_id == show_id, CashbackLike.user_id == user_id
        )
        if session.scalar(mine) is not None:
            return Liked(show.likes, show.needed)
        _check_opened(session, user_id, show, share)
        if is_used(session, show_id, show.user_id, device):
            raise CashbackDeviceUsed
        if not _write(session, user_id, show_id, device):
            return _again(session, user_id, show_id)
        likes = _count(session, show)
        metrics.LIKES.inc()
        return Liked(likes, show.needed)


def _shown(session: Session, show_id: int) -> Any:
    """A show whose review is there for everybody."""
    row = session.execute(
        select(
            CashbackShow.id,
            CashbackShow.user_id,
            CashbackShow.likes,
            CashbackShow.needed,
            CashbackShow.created_at,
        )
        .join(Review, Review.id == CashbackShow.review_id)
        .where(CashbackShow.id == show_id, Review.status == APPROVED)
    ).one_or_none()
    if row is None:
        raise CashbackShowNotFound
    return row


def _check_opened(session: Session, user_id: int, show: Any, token: str) -> None:
    """The token is of a share of this show by its writer, and this shopper has opened such."""
    share = find(session, token)
    if (
        share is None
        or share.expired
        or (share.user_id, share.page_kind, share.page_id) != (show.user_id, NAME, show.id)
        or not has_opened(session, show.user_id, user_id, show.created_at)
    ):
        raise CashbackNotOpened


def _write(session: Session, user_id: int, show_id: int, device: str) -> bool:
    """The like's row; False when this shopper or this device has one."""
    made = session.scalar(
        insert(CashbackLike)
        .values(show_id=show_id, user_id=user_id, device=digest(device))
        .on_conflict_do_nothing()
        .returning(CashbackLike.id)
    )
    return made is not None


def _again(session: Session, user_id: int, show_id: int) -> Liked:
    """Somebody else's like came first: the same shopper's press, or another one on the device."""
    row = session.execute(
        select(CashbackShow.likes, CashbackShow.needed)
        .join(CashbackLike, CashbackLike.show_id == CashbackShow.id)
        .where(CashbackShow.id == show_id, CashbackLike.user_id == user_id)
    ).one_or_none()
    if row is None:
        raise CashbackDeviceUsed
    return Liked(row.likes, row.needed)


def _count(session: Session, show: Any) -> int:
    """One more. With the last one the show is reached and its hold begins."""
    full = CashbackShow.likes + 1 >= CashbackShow.needed
    now = func.clock_timestamp()
    hold_until = now + func.make_interval(0, 0, 0, HOLD_DAYS.get())
    counted = session.execute(
        update(CashbackShow)
        .where(
            CashbackShow.id == show.id,
            CashbackShow.status == COLLECTING,
            CashbackShow.ends_at > now,
        )
        .values(
            likes=CashbackShow.likes + 1,
            status=case((full, REACHED), else_=CashbackShow.status),
            reached_at=case((full, now)),
            hold_until=case((full, hold_until)),
            changed_at=now,
        )
        .returning(CashbackShow.likes, CashbackShow.status)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if counted is None:
        raise CashbackOver
    if counted.status == REACHED:
        metrics.SHOWS.labels(REACHED).inc()
        send_soon(session, CASHBACK.name, f"{show.id}:{REACHED}", show.user_id)
    return int(counted.likes)
