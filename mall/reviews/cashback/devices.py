"""Devices, as keyed hashes: which are the writer's, which were used for a like of a show."""

from __future__ import annotations

from sqlalchemy import delete, exists, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.kernel.sealed import sealer
from mall.reviews.cashback.models import CashbackDevice, CashbackLike
from mall.users.devices import users_on

PURPOSE = "reviews.cashback_device"
MOST_DEVICES = 10
"""Of one writer and show. The first are kept: no flood of names pushes out one that was used."""
KEPT_DAYS = 30
_FORGET_LIKES = text(
    """
    UPDATE cashback_likes l SET device = NULL WHERE l.id IN (
        SELECT l.id FROM cashback_likes l JOIN cashback_shows s ON s.id = l.show_id
        WHERE l.device IS NOT NULL AND s.status IN ('given', 'lapsed', 'gone', 'refused')
          AND s.changed_at < now() - make_interval(days => :days) LIMIT :rows)
    RETURNING 1
    """
)
_FORGET_WRITERS = text(
    """
    DELETE FROM cashback_devices d USING cashback_shows s
    WHERE s.id = d.show_id AND s.status IN ('given', 'lapsed', 'gone', 'refused')
      AND s.changed_at < now() - make_interval(days => :days)
    """
)


def digest(device: str) -> bytes:
    """What is kept of a device's name."""
    return sealer().blind_index(device, PURPOSE)


def keep_writers(session: Session, show_id: int, device: str) -> None:
    """The writer of a show is on this device now."""
    own = select(func.count()).where(CashbackDevice.show_id == show_id)
    if (session.scalar(own) or 0) < MOST_DEVICES:
        made = insert(CashbackDevice).values(show_id=show_id, device=digest(device))
        session.execute(made.on_conflict_do_nothing())


def is_used(session: Session, show_id: int, writer_id: int, device: str) -> bool:
    """Whether the writer, or somebody who liked the show, was seen on the device."""
    hashed = digest(device)
    known = select(
        exists().where(CashbackDevice.show_id == show_id, CashbackDevice.device == hashed)
        | exists().where(CashbackLike.show_id == show_id, CashbackLike.device == hashed)
    )
    if session.scalar(known):
        return True
    others = users_on(session, device)
    if not others:
        return False
    liked = select(CashbackLike.id).where(
        CashbackLike.show_id == show_id, CashbackLike.user_id.in_(others)
    )
    return writer_id in others or session.scalar(liked.limit(1)) is not None


def forget(session: Session, rows: int) -> int:
    """Forget devices of shows that are over for some weeks; how many likes had one."""
    session.execute(_FORGET_WRITERS, {"days": KEPT_DAYS})
    return len(session.execute(_FORGET_LIKES, {"days": KEPT_DAYS, "rows": rows}).all())


def erase_writers(session: Session, user_id: int) -> None:
    """The writer closes the account."""
    session.execute(
        delete(CashbackDevice).where(
            text(
                "EXISTS (SELECT FROM cashback_shows s"
                " WHERE s.id = cashback_devices.show_id AND s.user_id = :user_id)"
            ).bindparams(user_id=user_id)
        )
    )
