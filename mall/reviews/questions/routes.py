"""Questions and answers for shoppers. Anybody reads what is shown."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, PageQuery, decode_cursor, id_in, page
from mall.reviews.questions import answering, asking, queries, voting
from mall.reviews.questions.models import PENDING
from mall.reviews.questions.schemas import (
    AnswerPageSchema,
    AnswerVotesSchema,
    AskedOfMePageSchema,
    AskedSchema,
    MyAnswerPageSchema,
    OwnQuestionPageSchema,
    QuestionPageSchema,
    QuestionQuery,
    QuestionSchema,
    QuestionStandingSchema,
    WordsInput,
)

blp = Blueprint("questions", __name__, url_prefix="/api/v1", description="问大家")
_OF_PRODUCT = "/products/<id:product_id>/questions"
_ONE = "/questions/<id:question_id>"
_ANSWER = "/answers/<id:answer_id>"
_NO_QUESTION, _NO_ANSWER = "question_not_found", "answer_not_found"


@blp.route(_OF_PRODUCT, methods=["GET"])
@access.public
@blp.arguments(QuestionQuery, location="query")
@blp.response(200, QuestionPageSchema)
def list_questions(query: dict[str, Any], product_id: int) -> dict[str, Any]:
    """What shoppers asked of a product: the most answered first, or the newest."""
    session, limit = db.session(), query["limit"]
    after = decode_cursor(query.get("cursor"), (int, int))
    key = None if after is None else (after[0], after[1])
    found = queries.questions(session, product_id, query["sort"], key, limit)
    cut = page(found, limit, lambda one: [one["answers"], one["id"]])
    count = queries.count(session, product_id)
    return {"items": cut.items, "next_cursor": cut.next_cursor, "count": count}


@blp.route(_OF_PRODUCT, methods=["POST"])
@access.shopper
@idempotent
@blp.arguments(WordsInput)
@blp.response(201, AskedSchema)
@blp.fails("product_not_found", "question_limit", "account_closed")
def ask(body: dict[str, str], product_id: int) -> dict[str, Any]:
    """Ask of a product. Others see it once it is approved."""
    question_id = asking.ask(current_shopper().user_id, product_id, body["text"])
    return {"id": question_id, "status": PENDING}


@blp.route(_ONE, methods=["GET"])
@access.public
@blp.response(200, QuestionSchema)
@blp.fails("question_not_found")
def read_question(question_id: int) -> dict[str, Any]:
    """One question that is shown."""
    return queries.question(db.session(), question_id)


@blp.route(_ONE, methods=["DELETE"])
@access.shopper
@blp.response(204)
@blp.fails("question_not_found")
def delete_question(question_id: int) -> None:
    """Take my question back; its answers aren't shown any more."""
    asking.delete_question(current_shopper().user_id, question_id)


@blp.route(f"{_ONE}/answers", methods=["GET"])
@access.public
@blp.arguments(PageQuery, location="query")
@blp.response(200, AnswerPageSchema)
@blp.fails("question_not_found")
def list_answers(query: dict[str, Any], question_id: int) -> Page[dict[str, Any]]:
    """The answers: the shop's own first, then the most helpful."""
    after = decode_cursor(query.get("cursor"), (int, int, int))
    key = None if after is None else (after[0], after[1], after[2])
    found = queries.answers(db.session(), question_id, key, query["limit"])
    return page(
        found, query["limit"], lambda one: [int(not one["by_shop"]), one["helpful"], one["id"]]
    )


@blp.route(f"{_ONE}/answers", methods=["POST"])
@access.shopper
@idempotent
@blp.arguments(WordsInput)
@blp.response(201, AskedSchema)
@blp.fails("question_not_found", "own_question", "not_bought", "answer_exists", "account_closed")
def answer(body: dict[str, str], question_id: int) -> dict[str, Any]:
    """Answer a question about a product that I bought and received. Others see the answer once it
    is approved."""
    answer_id = answering.answer(current_shopper().user_id, question_id, body["text"])
    return {"id": answer_id, "status": PENDING}


@blp.route(f"{_ONE}/mine", methods=["GET"])
@access.shopper
@blp.response(200, QuestionStandingSchema)
@blp.fails("question_not_found")
def read_mine(question_id: int) -> dict[str, Any]:
    """My answer to a question, my votes, and whether I may answer."""
    return queries.standing(db.session(), current_shopper().user_id, question_id)


@blp.route(_ANSWER, methods=["PUT"])
@access.shopper
@idempotent
@blp.arguments(WordsInput)
@blp.response(204)
@blp.fails("answer_not_found", "answer_fixed", "account_closed")
def change_answer(body: dict[str, str], answer_id: int) -> None:
    """Say my answer otherwise; it is checked anew."""
    answering.change_answer(current_shopper().user_id, answer_id, body["text"])


@blp.route(_ANSWER, methods=["DELETE"])
@access.shopper
@blp.response(204)
@blp.fails("answer_not_found")
def delete_answer(answer_id: int) -> None:
    """Take my answer back; what it earned goes back, too."""
    answering.delete_answer(current_shopper().user_id, answer_id)


@blp.route(f"{_ANSWER}/helpful", methods=["PUT"])
@access.shopper
@blp.response(200, AnswerVotesSchema)
@blp.fails("answer_not_found", "own_answer", "account_closed")
def vote(answer_id: int) -> dict[str, int]:
    """I find this answer helpful. Saying so again changes nothing."""
    return {"helpful": voting.vote(current_shopper().user_id, answer_id)}


@blp.route(f"{_ANSWER}/helpful", methods=["DELETE"])
@access.shopper
@blp.response(200, AnswerVotesSchema)
@blp.fails("answer_not_found", "own_answer")
def unvote(answer_id: int) -> dict[str, int]:
    """I no longer do."""
    return {"helpful": voting.unvote(current_shopper().user_id, answer_id)}


@blp.route("/my/questions", methods=["GET"])
@access.shopper
@blp.arguments(PageQuery, location="query")
@blp.response(200, OwnQuestionPageSchema)
def list_my_questions(query: dict[str, Any]) -> Page[Any]:
    """What I asked, the newest first, with why one isn't shown."""
    before, limit = id_in(query.get("cursor")), query["limit"]
    found = queries.my_questions(db.session(), current_shopper().user_id, before, limit)
    return page(found, limit, lambda one: [one.id])


@blp.route("/my/answers", methods=["GET"])
@access.shopper
@blp.arguments(PageQuery, location="query")
@blp.response(200, MyAnswerPageSchema)
def list_my_answers(query: dict[str, Any]) -> Page[Any]:
    """What I answered, the newest first, with why one isn't shown."""
    before, limit = id_in(query.get("cursor")), query["limit"]
    found = queries.my_answers(db.session(), current_shopper().user_id, before, limit)
    return page(found, limit, lambda one: [one.id])


@blp.route("/my/asked-questions", methods=["GET"])
@access.shopper
@blp.arguments(PageQuery, location="query")
@blp.response(200, AskedOfMePageSchema)
def list_asked_of_me(query: dict[str, Any]) -> Page[Any]:
    """Questions on what I bought that I was asked to answer and haven't."""
    before, limit = id_in(query.get("cursor")), query["limit"]
    found = queries.asked_of_me(db.session(), current_shopper().user_id, before, limit)
    return page(found, limit, lambda one: [one.id])
