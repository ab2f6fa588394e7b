"""Reviews for staff: read and answer. No route writes a review, or moves one by its stars."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.access import current_staff
from mall.kernel.http.api import Blueprint
from mall.kernel.http.paging import Page
from mall.reviews.writing import queries, replying, tasks
from mall.reviews.writing.admin_schemas import (
    ReplyIn,
    StaffReviewPageSchema,
    StaffReviewQuery,
    StaffReviewSchema,
    TaskNoteIn,
    TaskQuery,
)
from mall.reviews.writing.queries import ReviewFilter

blp = Blueprint("reviews-admin", __name__, url_prefix="/admin/api/v1", description="评价管理")
READ, ANSWER = "review:read", "review:answer"


@blp.route("/reviews", methods=["GET"])
@access.staff(READ)
@blp.arguments(StaffReviewQuery, location="query")
@blp.response(200, StaffReviewPageSchema)
def reviews(query: dict[str, Any]) -> Page[dict[str, Any]]:
    """Reviews, newest first."""
    cursor, limit = query.pop("cursor", None), query.pop("limit")
    with transaction() as session:
        return queries.reviews(session, ReviewFilter(**query), cursor, limit)


@blp.route("/reviews/<id:review_id>", methods=["GET"])
@access.staff(READ)
@blp.response(200, StaffReviewSchema)
@blp.fails("review_not_found")
def review(review_id: int) -> dict[str, Any]:
    """One review."""
    with transaction() as session:
        return queries.review(session, review_id)


@blp.route("/reviews/<id:review_id>/reply", methods=["PUT"])
@access.staff(ANSWER)
@blp.arguments(ReplyIn)
@blp.response(200, StaffReviewSchema)
@blp.fails("review_not_found", "review_not_answerable")
def reply(body: dict[str, Any], review_id: int) -> dict[str, Any]:
    """Answer a review for everybody to read, or change the answer. Its writer is told once."""
    with transaction() as session:
        replying.reply(current_staff().staff_id, review_id, body["text"])
        return queries.review(session, review_id)


@blp.route("/review-tasks", methods=["GET"])
@access.staff(READ)
@blp.arguments(TaskQuery, location="query")
@blp.response(200, StaffReviewPageSchema)
def open_tasks(query: dict[str, Any]) -> Page[dict[str, Any]]:
    """Reviews of one or two stars that wait for an answer, the most urgent first."""
    with transaction() as session:
        return queries.open_tasks(
            session, query.get("cursor"), query["limit"], overdue=query["overdue"]
        )


@blp.route("/review-tasks/<id:review_id>/closing", methods=["POST"])
@access.staff(ANSWER)
@blp.arguments(TaskNoteIn)
@blp.response(200, StaffReviewSchema)
@blp.fails("review_task_not_found")
def close_task(body: dict[str, Any], review_id: int) -> dict[str, Any]:
    """Close the task of a review by telling what was done, without a reply."""
    with transaction() as session:
        tasks.close_task(current_staff().staff_id, review_id, body["note"])
        return queries.review(session, review_id)
