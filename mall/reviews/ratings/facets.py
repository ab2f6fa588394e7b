"""In which lists of its product a review stands, and what it counts for."""

from __future__ import annotations

from mall.reviews.writing.names import APPROVED, DEFAULT
from mall.reviews.writing.terms import LOW_STARS
from mall.reviews.writing.watching import Counted

ALL, DEFAULTS = "all", "default"
PICTURES, VIDEO, FOLLOW_UP, LOW = "pictures", "video", "follow_up", "low"
FILTERS = (PICTURES, VIDEO, FOLLOW_UP, LOW, DEFAULTS)
"""What a list may be narrowed to, beside a SKU and a tag."""


def of_sku(sku_id: int) -> str:
    """The list of a SKU."""
    return f"sku:{sku_id}"


def of_tag(tag: str) -> str:
    """The list of a tag."""
    return f"tag:{tag}"


def facets_of(review: Counted | None) -> frozenset[str]:
    """The lists in which a review stands: none unless it is approved. A default one, where nobody
    said anything, has a list of its own."""
    if review is None or review.status != APPROVED:
        return frozenset()
    if review.origin == DEFAULT:
        return frozenset({DEFAULTS})
    found = {ALL, *map(of_tag, review.tags)}
    if review.sku_id is not None:
        found.add(of_sku(review.sku_id))
    return frozenset(found | {name for name, there in _filters(review).items() if there})


def _filters(review: Counted) -> dict[str, bool]:
    return {
        PICTURES: review.pictures,
        VIDEO: review.video,
        FOLLOW_UP: review.follow_up,
        LOW: review.goods_stars is not None and review.goods_stars <= LOW_STARS,
    }


_COLUMNS = {
    ALL: "approved",
    DEFAULTS: "defaults",
    PICTURES: "with_pictures",
    VIDEO: "with_video",
    FOLLOW_UP: "follow_ups",
    LOW: "low",
}


def counts_of(review: Counted | None) -> dict[str, int]:
    """What a review adds to the columns of its product's row."""
    facets = facets_of(review)
    found = {column: 1 for facet, column in _COLUMNS.items() if facet in facets}
    if review is not None and ALL in facets and review.goods_stars is not None:
        found[f"stars_{review.goods_stars}"] = 1
        found["star_sum"] = review.goods_stars
    return found
