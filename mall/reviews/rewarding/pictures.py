"""Which pictures of a review count: its writer's own, each motif once, and shown for the first
time."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.reviews.moderation.same_pictures import (
    Fingerprint,
    fingerprints,
    known_prints,
    shown_before,
)
from mall.reviews.writing.models import Review
from mall.uploads.models import Upload


def counted_pictures(
    session: Session, names: Sequence[str], user_id: int, review_id: int | None
) -> Sequence[str]:
    """The names among `names` that count for a review, or with None for a draft.

    One of a single colour doesn't, nor one that looks like another of the same review, or like a
    picture of any other content that was uploaded before. What moderation hasn't compared yet is
    read from the storage. Raises StorageUnavailable.
    """
    if not names:
        return ()
    own = session.scalars(
        select(Upload.name)
        .where(Upload.name.in_(names), Upload.user_id == user_id, Upload.duration_ms.is_(None))
        .order_by(Upload.id)
    ).all()
    content_id = session.scalar(select(Review.content_id).where(Review.id == review_id))
    found: list[Fingerprint] = []
    for one in _prints(session, own):
        if any(one.looks_like(other) for other in found):
            continue
        if not shown_before(session, one, content_id):
            found.append(one)
    return [one.name for one in found]


def _prints(session: Session, names: Sequence[str]) -> Sequence[Fingerprint]:
    """In the order of the names, without those that show nothing."""
    prints = known_prints(session, names)
    read, _unread = fingerprints([name for name in names if name not in prints])
    prints |= {one.name: one for one in read}
    return [prints[name] for name in names if name in prints]
