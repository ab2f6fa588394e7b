"""Lessons for staff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, PageQuery, id_in, page
from mall.referral.lessons import queries, writing
from mall.referral.lessons.admin_schemas import (
    AllLessonsSchema,
    LessonAttemptPageSchema,
    LessonChangeInput,
    LessonEnabledInput,
    LessonFiguresSchema,
    LessonInput,
    LessonSchema,
)
from mall.referral.lessons.models import LessonAttempt, PromoterLesson

blp = Blueprint(
    "promoter_lessons_admin", __name__, url_prefix="/admin/api/v1", description="推广员课程管理"
)
_ALL = "/promoter-lessons"
_ONE = f"{_ALL}/<id:lesson_id>"


@blp.route(_ALL, methods=["GET"])
@access.staff("promoter:read")
@blp.response(200, AllLessonsSchema)
def list_lessons() -> dict[str, Sequence[PromoterLesson]]:
    """Every lesson, open or not."""
    return {"items": queries.all_lessons(db.session())}


@blp.route(_ALL, methods=["POST"])
@access.staff("promoter:setup")
@idempotent
@blp.arguments(LessonInput)
@blp.response(201, LessonSchema)
@blp.fails("lesson_limit")
def create_lesson(body: dict[str, Any]) -> PromoterLesson:
    """A further lesson."""
    return queries.lesson(db.session(), writing.create_lesson(body))


@blp.route(_ONE, methods=["PUT"])
@access.staff("promoter:setup")
@idempotent
@blp.arguments(LessonChangeInput)
@blp.response(200, LessonSchema)
@blp.fails("lesson_not_found", "lesson_changed")
def change_lesson(body: dict[str, Any], lesson_id: int) -> PromoterLesson:
    """Another text or quiz. Who has passed the lesson has passed it."""
    writing.change_lesson(lesson_id, body)
    return queries.lesson(db.session(), lesson_id)


@blp.route(f"{_ONE}/enabled", methods=["PUT"])
@access.staff("promoter:setup")
@blp.arguments(LessonEnabledInput)
@blp.response(200, LessonSchema)
@blp.fails("lesson_not_found", "lesson_limit")
def enable_lesson(body: dict[str, bool], lesson_id: int) -> PromoterLesson:
    """Open a lesson to shoppers, or close it."""
    writing.enable_lesson(lesson_id, body["enabled"])
    return queries.lesson(db.session(), lesson_id)


@blp.route(f"{_ONE}/figures", methods=["GET"])
@access.staff("promoter:read")
@blp.response(200, LessonFiguresSchema)
@blp.fails("lesson_not_found")
def read_figures(lesson_id: int) -> Mapping[str, int]:
    """How a lesson does."""
    return queries.figures(db.session(), lesson_id)


@blp.route(f"{_ONE}/attempts", methods=["GET"])
@access.staff("promoter:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, LessonAttemptPageSchema)
@blp.fails("lesson_not_found")
def list_attempts(query: dict[str, Any], lesson_id: int) -> Page[LessonAttempt]:
    """Attempts at the quiz, newest first."""
    before, limit = id_in(query.get("cursor")), query["limit"]
    found = queries.attempts(db.session(), lesson_id, before=before, limit=limit)
    return page(found, limit, lambda one: [one.id])
