"""Which pictures of a review count: its writer's own, each motif once, and shown for the first
time."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.reviews.moderation.same_pictures import (
    Fingerprint,
    fingerprints,
    known_prints,
    shown_before,
)
from mall.reviews.writing.models import Review
from mall.uploads.models import Upload


def own_prints(user_id: int, names: Sequence[str]) -> Sequence[Fingerprint]:
    """The hashes of a shopper's own pictures among `names`, the oldest first; none of one that
    shows a single colour. Raises StorageUnavailable.

    What moderation hasn't compared yet is read from the storage, outside of transactions.
    """
    if not names:
        return ()
    with transaction() as session:
        own = session.scalars(
            select(Upload.name)
            .where(Upload.name.in_(names), Upload.user_id == user_id, Upload.duration_ms.is_(None))
            .order_by(Upload.id)
        ).all()
        prints = known_prints(session, own)
    read, _unread = fingerprints([name for name in own if name not in prints])
    prints |= {one.name: one for one in read}
    return [prints[name] for name in own if name in prints]


def count_pictures(session: Session, prints: Sequence[Fingerprint], review_id: int | None) -> int:
    """How many of them count for a review, or with None for a draft: none that looks like another
    one of the same review, or like a picture of any other content that was uploaded before."""
    content_id = session.scalar(select(Review.content_id).where(Review.id == review_id))
    found: list[Fingerprint] = []
    for one in prints:
        if any(one.looks_like(other) for other in found):
            continue
        if not shown_before(session, one, content_id):
            found.append(one)
    return len(found)
