"""Reads of ratings, lists of a product's reviews."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.catalog.errors import ProductNotFound
from mall.catalog.models import Spu
from mall.kernel.http.paging import Page, decode_cursor, encode_cursor
from mall.kernel.prepared import PreparedStatement
from mall.reviews.ratings.facets import ALL
from mall.reviews.ratings.models import SpuRating, SpuRatingTag
from mall.reviews.ratings.settings import PRIOR_TENTHS, PRIOR_WEIGHT
from mall.reviews.ratings.statistics import damped_tenths
from mall.reviews.writing.errors import ReviewNotFound
from mall.reviews.writing.names import APPROVED
from mall.reviews.writing.showing import follow_ups_of, for_everybody, rows_of

HELPFUL, NEWEST = "helpful", "newest"
SORTS = (HELPFUL, NEWEST)
MAX_TAGS_SHOWN = 20
_LAST = 2**63 - 1
_BY_HELP = PreparedStatement(
    """
    SELECT review_id, wilson FROM review_listings
    WHERE spu_id = :spu_id AND facet = CAST(:facet AS text)
      AND (wilson, review_id) < (CAST(:wilson AS double precision), CAST(:review_id AS bigint))
    ORDER BY wilson DESC, review_id DESC LIMIT :count
    """
)
_BY_TIME = PreparedStatement(
    """
    SELECT review_id FROM review_listings
    WHERE spu_id = :spu_id AND facet = CAST(:facet AS text) AND review_id < :review_id
    ORDER BY review_id DESC LIMIT :count
    """
)


@dataclass(frozen=True, slots=True)
class ReviewList:
    """One list of a product's approved reviews, in one order."""

    product_id: int
    facet: str = ALL
    sort: str = HELPFUL


def product_reviews(
    session: Session, wanted: ReviewList, cursor: str | None, limit: int
) -> Page[dict[str, Any]]:
    """A page of a list; an index gives it from a point on.

    Raises ProductNotFound for a product that there never was.
    """
    found = _listed(session, wanted, cursor, limit + 1)
    if not found:
        must_exist(session, wanted.product_id)
    items = found[:limit]
    ids = [key[-1] for key in items]
    rows, follow_ups = rows_of(session, ids), follow_ups_of(session, ids)
    more = encode_cursor(items[-1]) if len(found) > limit else None
    # Between the two reads one may have gone.
    return Page([for_everybody(rows[i], follow_ups.get(i)) for i in ids if _shows(rows, i)], more)


def _listed(
    session: Session, wanted: ReviewList, cursor: str | None, count: int
) -> list[list[Any]]:
    """The sort keys of the page, each ending in the review's id."""
    asked = {"spu_id": wanted.product_id, "facet": wanted.facet, "count": count}
    if wanted.sort == NEWEST:
        (last,) = decode_cursor(cursor, (int,)) or (_LAST,)
        return [[row.review_id] for row in _BY_TIME.rows(session, review_id=last, **asked)]
    bound, last = decode_cursor(cursor, (float, int)) or (float("inf"), _LAST)
    rows = _BY_HELP.rows(session, wilson=bound, review_id=last, **asked)
    return [[row.wilson, row.review_id] for row in rows]


def _shows(rows: Mapping[int, Any], review_id: int) -> bool:
    return review_id in rows and rows[review_id].status == APPROVED


def must_exist(session: Session, product_id: int) -> None:
    """Raises ProductNotFound. A product that left the shelf keeps its reviews."""
    if session.scalar(select(Spu.id).where(Spu.id == product_id)) is None:
        raise ProductNotFound


def shown_review(session: Session, review_id: int) -> dict[str, Any]:
    """One approved review. Raises ReviewNotFound for any other."""
    rows = rows_of(session, [review_id])
    if not _shows(rows, review_id):
        raise ReviewNotFound
    return for_everybody(rows[review_id], follow_ups_of(session, [review_id]).get(review_id))


def rating_of(session: Session, product_id: int) -> dict[str, Any]:
    """What the reviews of a product add up to. Raises ProductNotFound."""
    must_exist(session, product_id)
    row = session.execute(
        select(*SpuRating.__table__.c).where(SpuRating.spu_id == product_id)
    ).one_or_none()
    tags = session.execute(
        select(SpuRatingTag.tag, SpuRatingTag.count)
        .where(SpuRatingTag.spu_id == product_id, SpuRatingTag.count > 0)
        .order_by(SpuRatingTag.count.desc(), SpuRatingTag.tag)
        .limit(MAX_TAGS_SHOWN)
    ).all()
    names = ("with_pictures", "with_video", "follow_ups", "low", "defaults")
    return {
        **_brief(row),
        "stars": {str(i): getattr(row, f"stars_{i}", 0) for i in range(1, 6)},
        **{name: getattr(row, name, 0) for name in names},
        "tags": tags,
    }


def brief_ratings(session: Session, product_ids: Collection[int]) -> Mapping[int, dict[str, Any]]:
    """Count and average of products, for their cards; each of these products has an entry."""
    rows = session.execute(select(*SpuRating.__table__.c).where(SpuRating.spu_id.in_(product_ids)))
    known = {row.spu_id: row for row in rows}
    return {product_id: _brief(known.get(product_id)) for product_id in product_ids}


def _brief(row: Any | None) -> dict[str, Any]:
    if row is None:
        return {"count": 0, "average_tenths": None}
    starred = row.stars_1 + row.stars_2 + row.stars_3 + row.stars_4 + row.stars_5
    average = damped_tenths(row.star_sum, starred, PRIOR_TENTHS.get(), PRIOR_WEIGHT.get())
    return {"count": row.approved, "average_tenths": average}
