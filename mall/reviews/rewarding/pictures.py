"""Which pictures of a review count: its writer's own, each once."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.uploads.models import Upload


def own_pictures(session: Session, names: Sequence[str], user_id: int) -> Sequence[str]:
    """The names among `names` that are this shopper's pictures, each once."""
    if not names:
        return ()
    return session.scalars(
        select(Upload.name)
        .where(Upload.name.in_(names), Upload.user_id == user_id, Upload.duration_ms.is_(None))
        .order_by(Upload.id)
    ).all()
