"""Counts of a product's reviews and its lists, in the transaction of each change."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.reviews.ratings.facets import counts_of, facets_of, of_tag
from mall.reviews.ratings.models import ReviewListing, SpuRating, SpuRatingTag
from mall.reviews.writing.watching import Counted, Moved, Watcher


def follow(session: Session, moved: Sequence[Moved]) -> None:
    """Count what has changed. Lock order: reviews, then rows of products ascending, their tags."""
    changes: dict[int, Counter[str]] = defaultdict(Counter)
    tags: dict[int, Counter[str]] = defaultdict(Counter)
    for one in moved:
        _add(changes[one.after.spu_id], counts_of(one.before), counts_of(one.after))
        _add(tags[one.after.spu_id], _tags_of(one.before), _tags_of(one.after))
        _list(session, one)
    for spu_id in sorted(changes):
        _count(session, spu_id, changes[spu_id], tags[spu_id])


def _add(total: Counter[str], before: Mapping[str, int], after: Mapping[str, int]) -> None:
    total.update(after)
    total.subtract(before)


def _tags_of(review: Counted | None) -> dict[str, int]:
    facets = facets_of(review)
    return {} if review is None else {tag: 1 for tag in review.tags if of_tag(tag) in facets}


def _count(session: Session, spu_id: int, counts: Counter[str], tags: Counter[str]) -> None:
    steps = {name: step for name, step in counts.items() if step}
    if not steps:
        return
    rows = SpuRating.__table__.c
    change = (
        update(SpuRating)
        .where(SpuRating.spu_id == spu_id)
        .values({name: rows[name] + step for name, step in steps.items()})
        .returning(SpuRating.spu_id)
        .execution_options(synchronize_session=False)
    )
    if session.execute(change).first() is None:
        session.execute(insert(SpuRating).values(spu_id=spu_id).on_conflict_do_nothing())
        session.execute(change).one()
    for tag, step in sorted(tags.items()):
        if step:
            _count_tag(session, spu_id, tag, step)


def _count_tag(session: Session, spu_id: int, tag: str, step: int) -> None:
    if step > 0:
        row = insert(SpuRatingTag).values(spu_id=spu_id, tag=tag, count=step)
        session.execute(
            row.on_conflict_do_update(
                index_elements=["spu_id", "tag"], set_={"count": SpuRatingTag.count + step}
            )
        )
    else:
        session.execute(
            update(SpuRatingTag)
            .where(SpuRatingTag.spu_id == spu_id, SpuRatingTag.tag == tag)
            .values(count=SpuRatingTag.count + step)
            .execution_options(synchronize_session=False)
        )


def _list(session: Session, moved: Moved) -> None:
    review = moved.after
    before, after = facets_of(moved.before), facets_of(review)
    if gone := before - after:
        session.execute(
            delete(ReviewListing)
            .where(ReviewListing.review_id == review.id, ReviewListing.facet.in_(gone))
            .execution_options(synchronize_session=False)
        )
    if new := after - before:
        rows = [
            {
                "spu_id": review.spu_id,
                "facet": facet,
                "review_id": review.id,
                "wilson": review.wilson,
            }
            for facet in sorted(new)
        ]
        session.execute(insert(ReviewListing), rows)


RATINGS = Watcher("ratings", follow)
