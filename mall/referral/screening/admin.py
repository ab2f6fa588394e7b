"""Screening, for staff."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.paging import Page, id_in, page
from mall.referral.screening import deciding, queries
from mall.referral.screening.schemas import (
    DecidedListSchema,
    ScreeningDecisionInput,
    ScreeningDecisionsInput,
    ScreeningPageSchema,
    ScreeningQuery,
    ScreeningSummaryQuery,
    ScreeningSummarySchema,
)
from mall.referral.screening.settings import HOLD_FROM, SHADOW

blp = Blueprint("screening_admin", __name__, url_prefix="/admin/api/v1", description="邀请反作弊")
_ALL = "/referral-screenings"


@blp.route(_ALL, methods=["GET"])
@access.staff("referral:read")
@blp.arguments(ScreeningQuery, location="query")
@blp.response(200, ScreeningPageSchema)
def list_screenings(query: dict[str, Any]) -> Page[Any]:
    """How bindings stand, newest first; `status=held` is the queue."""
    found = queries.screenings(
        db.session(),
        status=query.get("status"),
        inviter_id=query.get("inviter_id"),
        from_score=query["from_score"],
        before=id_in(query.get("cursor")),
        limit=query["limit"],
    )
    return page(found, query["limit"], lambda row: [row["binding_id"]])


@blp.route(f"{_ALL}/summary", methods=["GET"])
@access.staff("referral:read")
@blp.arguments(ScreeningSummaryQuery, location="query")
@blp.response(200, ScreeningSummarySchema)
def summarize(query: dict[str, Any]) -> dict[str, Any]:
    """How scores are spread over the bindings of some days, and what a threshold would hold."""
    return {
        "days": query["days"],
        "hold_from": HOLD_FROM.get(),
        "shadow": SHADOW.get(),
        "items": queries.summary(db.session(), query["days"]),
    }


@blp.route(f"{_ALL}/<id:binding_id>", methods=["PUT"])
@access.staff("referral:write")
@blp.arguments(ScreeningDecisionInput)
@blp.response(204)
@blp.fails("screening_not_found")
def decide(body: dict[str, Any], binding_id: int) -> None:
    """Release, hold or void one; rewards and commission follow."""
    deciding.decide(binding_id, body["decision"], body["reason"])


@blp.route(f"{_ALL}/decisions", methods=["POST"])
@access.staff("referral:write")
@blp.arguments(ScreeningDecisionsInput)
@blp.response(200, DecidedListSchema)
def decide_many(body: dict[str, Any]) -> dict[str, Any]:
    """The same for many at once; sent again it changes nothing."""
    found = deciding.decide_many(body["binding_ids"], body["decision"], body["reason"])
    return {"items": found}
