"""How other parts follow reviews in the transaction of the change, so that a count is never late.

Whatever changes a review goes through `changing`, or is told by `added`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, select, text, update
from sqlalchemy.orm import Session

from mall.kernel.db import int_array
from mall.kernel.events import publish
from mall.kernel.registry import Registry
from mall.reviews.writing.errors import ReviewNotFound
from mall.reviews.writing.events import ReviewChanged
from mall.reviews.writing.models import Review

_FACTS = text(
    """
    SELECT r.id, r.user_id, r.spu_id, r.sku_id, r.status, r.origin, r.goods_stars,
           r.pictures <> '{}' AS pictures, r.video IS NOT NULL AS video, r.tags,
           coalesce(f.status = 'approved', false) AS follow_up, r.wilson
    FROM reviews r LEFT JOIN review_follow_ups f ON f.review_id = r.id
    WHERE r.id = ANY(CAST(:ids AS bigint[])) ORDER BY r.id
    """
)


@dataclass(frozen=True, slots=True)
class Counted:
    """What of a review is counted. `follow_up`: an approved one is there."""

    id: int
    user_id: int | None
    spu_id: int
    sku_id: int | None
    status: str
    origin: str
    goods_stars: int | None
    pictures: bool
    video: bool
    tags: tuple[str, ...]
    follow_up: bool
    wilson: float


@dataclass(frozen=True, slots=True)
class Moved:
    """A review before (None: it wasn't there) and after."""

    before: Counted | None
    after: Counted


@dataclass(frozen=True, slots=True)
class Watcher:
    """Who follows reviews. `follow` gets several at once when several came in one statement."""

    name: str
    follow: Callable[[Session, Sequence[Moved]], None]


WATCHERS: Registry[Watcher] = Registry("review watchers", lambda one: one.name)


def counted(session: Session, review_ids: Collection[int]) -> list[Counted]:
    """What is counted of these reviews as they are in this transaction."""
    rows = session.execute(_FACTS, {"ids": int_array(review_ids)})
    return [Counted(**{**row._mapping, "tags": tuple(row.tags)}) for row in rows]


def added(session: Session, review_ids: Collection[int], *, announce: bool = True) -> None:
    """Say that these reviews were inserted. `announce` publishes ReviewChanged for each."""
    found = counted(session, review_ids)
    _tell(session, [Moved(None, one) for one in found])
    if announce:
        for one in found:
            publish(session, ReviewChanged(one.id, one.user_id))


@contextmanager
def changing(session: Session, review_id: int) -> Iterator[Any]:
    """Lock a review and change it or its follow-up inside; the row as it was.

    At the end its watchers are told and ReviewChanged is published, if nothing was raised. Not
    to be nested for one review. Raises ReviewNotFound. Lock order: contents, review, counts.
    """
    row = lock_review(session, review_id)
    (before,) = counted(session, [review_id])
    yield row
    session.execute(
        update(Review).where(Review.id == review_id).values(changed_at=func.clock_timestamp())
    )
    (after,) = counted(session, [review_id])
    if after != before:
        _tell(session, [Moved(before, after)])
    publish(session, ReviewChanged(review_id, after.user_id))


_LOCK = select(*Review.__table__.c).where(Review.id == bindparam("review_id")).with_for_update()


def lock_review(session: Session, review_id: int) -> Any:
    """The review's row, locked. Raises ReviewNotFound."""
    row = session.execute(_LOCK, {"review_id": review_id}).one_or_none()
    if row is None:
        raise ReviewNotFound
    return row


def _tell(session: Session, moved: Sequence[Moved]) -> None:
    if moved:
        for one in WATCHERS.items().values():
            one.follow(session, moved)
