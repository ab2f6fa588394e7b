"""Lessons for shoppers."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.referral.lessons import queries
from mall.referral.lessons.queries import OwnLesson
from mall.referral.lessons.quizzing import Outcome, attempt
from mall.referral.lessons.schemas import (
    LessonAttemptInput,
    LessonOutcomeSchema,
    LessonsSchema,
    OwnLessonSchema,
)

blp = Blueprint(
    "promoter_lessons", __name__, url_prefix="/api/v1/promoter/lessons", description="推广员课程"
)


@blp.route("", methods=["GET"])
@access.shopper
@blp.response(200, LessonsSchema)
def list_lessons() -> dict[str, list[OwnLesson]]:
    """The lessons, and which I have passed."""
    return {"items": queries.own_lessons(db.session(), current_shopper().user_id)}


@blp.route("/<id:lesson_id>", methods=["GET"])
@access.shopper
@blp.response(200, OwnLessonSchema)
@blp.fails("lesson_not_found")
def read_lesson(lesson_id: int) -> OwnLesson:
    """A lesson with the questions of its quiz."""
    return queries.own_lesson(db.session(), current_shopper().user_id, lesson_id)


@blp.route("/<id:lesson_id>/attempts", methods=["POST"])
@access.shopper
@idempotent
@blp.arguments(LessonAttemptInput)
@blp.response(200, LessonOutcomeSchema)
@blp.fails("lesson_not_found", "lesson_changed", "lesson_answers_invalid", "lesson_attempts_used")
@blp.fails("account_closed")
def try_quiz(body: dict[str, Any], lesson_id: int) -> Outcome:
    """Answer the quiz. Who has passed it uses no further attempt."""
    return attempt(current_shopper().user_id, lesson_id, **body)
