"""Moderation for staff. No route writes, reorders or deletes what shoppers wrote."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.access import current_staff
from mall.kernel.http.api import Blueprint
from mall.kernel.http.paging import Page, PageQuery
from mall.reviews.moderation import queries, staff_decisions, wording
from mall.reviews.moderation.legal_reasons import LEGAL_REASONS
from mall.reviews.moderation.queries import ContentFilter
from mall.reviews.moderation.schemas import (
    ContentDecidedListSchema,
    ContentDecisionsInput,
    ContentDetailSchema,
    ContentPageSchema,
    ContentQuery,
    LegalReasonListSchema,
    WordInput,
    WordPageSchema,
    WordSchema,
)
from mall.reviews.moderation.staff_decisions import Decision, Seen

blp = Blueprint("moderation-admin", __name__, url_prefix="/admin/api/v1", description="内容审核")
READ, DECIDE = "content:read", "content:moderate"
_ALL = "/moderated-contents"


@blp.route(_ALL, methods=["GET"])
@access.staff(READ)
@blp.arguments(ContentQuery, location="query")
@blp.response(200, ContentPageSchema)
def contents(query: dict[str, Any]) -> Page[dict[str, Any]]:
    """What shoppers wrote; `waiting=true` is the queue, the longest waiting first."""
    cursor, limit = query.pop("cursor", None), query.pop("limit")
    with transaction() as session:
        return queries.contents(session, ContentFilter(**query), cursor, limit)


@blp.route(f"{_ALL}/<id:content_id>", methods=["GET"])
@access.staff(READ)
@blp.response(200, ContentDetailSchema)
@blp.fails("content_not_found")
def content(content_id: int) -> dict[str, Any]:
    """One content with its checks and reports."""
    with transaction() as session:
        return queries.content(session, content_id)


@blp.route(f"{_ALL}/decisions", methods=["POST"])
@access.staff(DECIDE)
@blp.arguments(ContentDecisionsInput)
@blp.response(200, ContentDecidedListSchema)
@blp.fails("decision_reason_missing")
def decide(decided: tuple[list[Seen], Decision]) -> dict[str, Any]:
    """Approve, refuse, hide for a legal reason, or keep; sent again it changes nothing."""
    seen, decision = decided
    return {"items": staff_decisions.decide_many(current_staff().staff_id, seen, decision)}


@blp.route("/hiding-reasons", methods=["GET"])
@access.staff(READ)
@blp.response(200, LegalReasonListSchema)
def legal_reasons() -> dict[str, Any]:
    """The reasons for which a content may be hidden, with their laws."""
    return {"items": list(LEGAL_REASONS.values())}


@blp.route("/blocked-words", methods=["GET"])
@access.staff(READ)
@blp.arguments(PageQuery, location="query")
@blp.response(200, WordPageSchema)
def words(query: dict[str, Any]) -> Page[Any]:
    """The shop's own list of words, newest first."""
    with transaction() as session:
        return queries.words(session, query.get("cursor"), query["limit"])


@blp.route("/blocked-words", methods=["POST"])
@access.staff(DECIDE)
@blp.arguments(WordInput)
@blp.response(201, WordSchema)
@blp.fails("word_invalid")
def save_word(body: dict[str, Any]) -> dict[str, Any]:
    """Put a word on the list, or change what it leads to."""
    return {"id": wording.save_word(body["word"], body["suggest"]), **body}


@blp.route("/blocked-words/<id:word_id>", methods=["DELETE"])
@access.staff(DECIDE)
@blp.response(204)
@blp.fails("word_not_found")
def remove_word(word_id: int) -> None:
    """Take a word off the list."""
    wording.remove_word(word_id)
