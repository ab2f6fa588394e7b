"""Collages go: those that nobody asked for in some days, and all of a shopper who closes the
account. Lock order: the content, then the collage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.reviews.collages.models import Collage
from mall.reviews.collages.names import COLLAGE
from mall.reviews.moderation import contents
from mall.uploads.names import thumbnail_name
from mall.uploads.storage import storage
from mall.users.erasing import Eraser


def sweep_collages(days: int, batch: int = 200) -> int:
    """Remove up to `batch` collages that nobody asked for in so many days; how many there were."""
    old = func.clock_timestamp() - func.make_interval(0, 0, 0, days)
    with transaction() as session:
        rows = session.execute(
            select(Collage.id, Collage.name)
            .where(Collage.used_at < old)
            .order_by(Collage.used_at)
            .limit(batch)
        ).all()
    _delete_bytes(rows)
    with transaction() as session:
        _delete_rows(session, rows)
    return len(rows)


def _erase(session: Session, user_id: int) -> None:
    rows = session.execute(
        select(Collage.id, Collage.name).where(Collage.user_id == user_id).order_by(Collage.id)
    ).all()
    _delete_bytes(rows)
    _delete_rows(session, rows)


def _delete_bytes(rows: Sequence[Any]) -> None:
    place = storage()
    for row in rows:
        place.delete(row.name)
        place.delete(thumbnail_name(row.name))


def _delete_rows(session: Session, rows: Sequence[Any]) -> None:
    ids = sorted(row.id for row in rows)
    for collage_id in ids:
        contents.lock_content(session, COLLAGE, collage_id)
        contents.withdraw(session, COLLAGE, collage_id)
    session.execute(delete(Collage).where(Collage.id.in_(ids)))


COLLAGES = Eraser("collages", _erase, "EXISTS (SELECT 1 FROM collages c WHERE c.user_id = u.id)")
