"""Questions and answers for staff: read them, and answer as the shop."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.access import current_staff
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, PageQuery, id_in, page
from mall.reviews.questions import admin_queries, shop_answering
from mall.reviews.questions.admin_schemas import (
    StaffAnswerPageSchema,
    StaffQuestionPageSchema,
    StaffQuestionQuery,
)
from mall.reviews.questions.schemas import AskedSchema, WordsInput

blp = Blueprint("questions_admin", __name__, url_prefix="/admin/api/v1", description="问大家管理")
_ALL = "/product-questions"
_ONE = f"{_ALL}/<id:question_id>"


@blp.route(_ALL, methods=["GET"])
@access.staff("question:read")
@blp.arguments(StaffQuestionQuery, location="query")
@blp.response(200, StaffQuestionPageSchema)
def list_questions(query: dict[str, Any]) -> Page[Any]:
    """Questions of all products, the newest first."""
    before, limit = id_in(query.pop("cursor", None)), query.pop("limit")
    found = admin_queries.questions(db.session(), before=before, limit=limit, **query)
    return page(found, limit, lambda one: [one.id])


@blp.route(f"{_ONE}/answers", methods=["GET"])
@access.staff("question:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, StaffAnswerPageSchema)
def list_answers(query: dict[str, Any], question_id: int) -> Page[Any]:
    """All answers to a question, whatever their state, the newest first."""
    before, limit = id_in(query.get("cursor")), query["limit"]
    found = admin_queries.answers(db.session(), question_id, before=before, limit=limit)
    return page(found, limit, lambda one: [one.id])


@blp.route(f"{_ONE}/answer", methods=["PUT"])
@access.staff("question:answer")
@idempotent
@blp.arguments(WordsInput)
@blp.response(200, AskedSchema)
@blp.fails("question_not_found")
def answer(body: dict[str, str], question_id: int) -> dict[str, Any]:
    """Answer as the shop, or say the shop's answer otherwise. It is marked as the shop's."""
    staff_id = current_staff().staff_id
    answer_id = shop_answering.answer_as_shop(staff_id, question_id, body["text"])
    return {"id": answer_id, "status": "approved"}


@blp.route(f"{_ONE}/answer", methods=["DELETE"])
@access.staff("question:answer")
@blp.response(204)
@blp.fails("answer_not_found")
def take_back(question_id: int) -> None:
    """Take the shop's answer back."""
    shop_answering.take_back_shop_answer(question_id)
