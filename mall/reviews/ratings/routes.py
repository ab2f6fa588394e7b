"""Reviews of a product for everybody, and votes on them."""

from __future__ import annotations

from typing import Any

from flask import Response

from mall.catalog.cached_responses import cached_response
from mall.kernel.db import db, transaction
from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.kernel.http.schemas import QuerySchema
from mall.reviews.ratings import voting
from mall.reviews.ratings.cache import CACHE
from mall.reviews.ratings.queries import ReviewList, product_reviews, rating_of, shown_review
from mall.reviews.ratings.schemas import (
    RatingSchema,
    ReviewListQuery,
    ReviewPageSchema,
    VoteIn,
    VotesSchema,
    facet_in,
)
from mall.reviews.writing.schemas import ReviewSchema

blp = Blueprint("ratings", __name__, url_prefix="/api/v1", description="商品评价")
_QUERY, _NO_QUERY = ReviewListQuery(), QuerySchema()
_PAGE, _RATING = ReviewPageSchema(), RatingSchema()


@blp.route("/products/<id:product_id>/reviews", methods=["GET"])
@access.public
@blp.query_doc(ReviewListQuery)
@blp.response(200, ReviewPageSchema)
@blp.fails("product_not_found")
def reviews(product_id: int) -> Response:
    """Approved reviews of a product, the most helpful or the newest first."""

    def build(asked: dict[str, Any]) -> Any:
        wanted = ReviewList(product_id, facet_in(asked), asked["sort"])
        return product_reviews(db.session(), wanted, asked.get("cursor"), asked["limit"])

    name = f"reviews:{product_id}"
    return cached_response(name, _QUERY, build, _PAGE, skip=("cursor", "tag"), cache=CACHE)


@blp.route("/products/<id:product_id>/rating", methods=["GET"])
@access.public
@blp.response(200, RatingSchema)
@blp.fails("product_not_found")
def rating(product_id: int) -> Response:
    """What the reviews of a product add up to."""
    return cached_response(
        f"rating:{product_id}",
        _NO_QUERY,
        lambda _: rating_of(db.session(), product_id),
        _RATING,
        cache=CACHE,
    )


@blp.route("/reviews/<id:review_id>", methods=["GET"])
@access.public
@blp.response(200, ReviewSchema)
@blp.fails("review_not_found")
def review(review_id: int) -> dict[str, Any]:
    """One approved review."""
    with transaction() as session:
        return shown_review(session, review_id)


@blp.route("/reviews/<id:review_id>/vote", methods=["PUT"])
@access.shopper
@blp.arguments(VoteIn)
@blp.response(200, VotesSchema)
@blp.fails("review_not_found", "own_review", "account_closed")
def vote(body: dict[str, Any], review_id: int) -> dict[str, int]:
    """Say that a review helps, or that it doesn't; one vote a shopper, which may change."""
    helpful, unhelpful = voting.vote(current_shopper().user_id, review_id, **body)
    return {"helpful": helpful, "unhelpful": unhelpful}


@blp.route("/reviews/<id:review_id>/vote", methods=["DELETE"])
@access.shopper
@blp.response(200, VotesSchema)
@blp.fails("review_not_found")
def withdraw_vote(review_id: int) -> dict[str, int]:
    """Take the vote back. Again changes nothing."""
    helpful, unhelpful = voting.withdraw_vote(current_shopper().user_id, review_id)
    return {"helpful": helpful, "unhelpful": unhelpful}
