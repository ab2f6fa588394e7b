"""The shopper's own reviews."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, PageQuery
from mall.reviews.writing import editing, follow_ups, queries, reviewing
from mall.reviews.writing.schemas import (
    ChancePageSchema,
    FollowUpIn,
    OwnReviewPageSchema,
    OwnReviewQuery,
    OwnReviewSchema,
    ReviewIn,
    ReviewTagsSchema,
)
from mall.reviews.writing.settings import offered_tags
from mall.reviews.writing.terms import Terms

blp = Blueprint("reviews", __name__, url_prefix="/api/v1", description="评价")
_INVALID = ("validation_failed", "review_tag_unknown")


@blp.route("/review-tags", methods=["GET"])
@access.public
@blp.response(200, ReviewTagsSchema)
def tags() -> dict[str, Any]:
    """The tags that a review may have."""
    return {"items": offered_tags()}


@blp.route("/review-chances", methods=["GET"])
@access.shopper
@blp.arguments(PageQuery, location="query")
@blp.response(200, ChancePageSchema)
def chances(query: dict[str, Any]) -> Page[Any]:
    """Own order lines that wait for a review, the last received first."""
    with transaction() as session:
        return queries.chances(
            session, current_shopper().user_id, query.get("cursor"), query["limit"]
        )


@blp.route("/orders/<string:order_no>/lines/<int:position>/review", methods=["POST"])
@access.shopper
@idempotent
@blp.arguments(ReviewIn)
@blp.response(201, OwnReviewSchema)
@blp.fails("order_not_found", "upload_not_found", "review_exists", "review_too_early")
@blp.fails("review_too_late", "review_line_refunded", "review_line_is_gift", *_INVALID)
@blp.fails("account_closed", "upload_gone")
def write(terms: Terms, order_no: str, position: int) -> dict[str, Any]:
    """Review a received line, once. Only its writer sees it until it is approved."""
    user_id = current_shopper().user_id
    with transaction() as session:
        review_id = reviewing.write_review(user_id, order_no, position, terms)
        return queries.own_review(session, user_id, review_id)


@blp.route("/my-reviews", methods=["GET"])
@access.shopper
@blp.arguments(OwnReviewQuery, location="query")
@blp.response(200, OwnReviewPageSchema)
def own_reviews(query: dict[str, Any]) -> Page[dict[str, Any]]:
    """Own reviews, newest first, with where moderation is and why."""
    with transaction() as session:
        return queries.own_reviews(
            session,
            current_shopper().user_id,
            query.get("status"),
            query.get("cursor"),
            query["limit"],
        )


@blp.route("/my-reviews/<id:review_id>", methods=["GET"])
@access.shopper
@blp.response(200, OwnReviewSchema)
@blp.fails("review_not_found")
def own_review(review_id: int) -> dict[str, Any]:
    """One own review."""
    with transaction() as session:
        return queries.own_review(session, current_shopper().user_id, review_id)


@blp.route("/my-reviews/<id:review_id>", methods=["PUT"])
@access.shopper
@blp.arguments(ReviewIn)
@blp.response(200, OwnReviewSchema)
@blp.fails("review_not_found", "upload_not_found", "review_not_editable", *_INVALID)
@blp.fails("account_closed", "upload_gone")
def edit(terms: Terms, review_id: int) -> dict[str, Any]:
    """Replace an own review that waits or was refused; it is checked anew."""
    user_id = current_shopper().user_id
    with transaction() as session:
        editing.edit_review(user_id, review_id, terms)
        return queries.own_review(session, user_id, review_id)


@blp.route("/my-reviews/<id:review_id>", methods=["DELETE"])
@access.shopper
@blp.response(204)
@blp.fails("review_not_found")
def delete(review_id: int) -> None:
    """Delete an own review, with its follow-up and pictures. Again changes nothing."""
    editing.delete_review(current_shopper().user_id, review_id)


@blp.route("/my-reviews/<id:review_id>/follow-up", methods=["PUT"])
@access.shopper
@blp.arguments(FollowUpIn)
@blp.response(200, OwnReviewSchema)
@blp.fails("review_not_found", "upload_not_found", "follow_up_not_possible", "follow_up_too_late")
@blp.fails("review_not_editable", "account_closed", "upload_gone")
def follow_up(body: dict[str, Any], review_id: int) -> dict[str, Any]:
    """Add to an own approved review, once; or replace what waits or was refused of it."""
    user_id = current_shopper().user_id
    with transaction() as session:
        follow_ups.write_follow_up(user_id, review_id, **body)
        return queries.own_review(session, user_id, review_id)
