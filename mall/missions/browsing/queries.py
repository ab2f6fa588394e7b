"""Reads of browsing, for staff."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.missions.browsing.models import ViewSession


def view_sessions(
    session: Session, user_id: int, *, before: int | None, limit: int
) -> Sequence[Any]:
    """A shopper's looks at pages, newest first; one more than `limit`, for paging."""
    query = select(
        ViewSession.id,
        ViewSession.day,
        ViewSession.page_kind,
        ViewSession.page_id,
        (ViewSession.counted_ms // 1000).label("counted_s"),
        ViewSession.started_at,
    ).where(ViewSession.user_id == user_id)
    if before is not None:
        query = query.where(ViewSession.id < before)
    return session.execute(query.order_by(ViewSession.id.desc()).limit(limit + 1)).all()
