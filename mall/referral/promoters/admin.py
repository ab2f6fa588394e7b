"""Promoters for staff: who is one."""

from __future__ import annotations

from typing import Any

from mall.kernel.clock import to_microseconds
from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, PageQuery, decode_cursor, id_in, page
from mall.referral.promoters import deciding, listing
from mall.referral.promoters.admin_schemas import (
    FullPromoterSchema,
    PromoterDecisionInput,
    PromoterLevelChangeInput,
    PromoterPageSchema,
    PromoterQuery,
    PromoterReasonInput,
)
from mall.referral.promoters.listing import PromoterView

blp = Blueprint("promoters_admin", __name__, url_prefix="/admin/api/v1", description="推广员管理")
_ONE = "/promoters/<id:user_id>"


@blp.route("/promoters", methods=["GET"])
@access.staff("promoter:read")
@blp.arguments(PromoterQuery, location="query")
@blp.response(200, PromoterPageSchema)
def list_promoters(query: dict[str, Any]) -> Page[PromoterView]:
    """Whoever applied for being a promoter, the newest shoppers first."""
    found = listing.promoters(
        db.session(),
        status=query.get("status"),
        level_id=query.get("level_id"),
        before=id_in(query.get("cursor")),
        limit=query["limit"],
    )
    return page(found, query["limit"], lambda view: [view.promoter.user_id])


@blp.route("/promoter-applications", methods=["GET"])
@access.staff("promoter:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, PromoterPageSchema)
def list_applications(query: dict[str, Any]) -> Page[PromoterView]:
    """Applications that wait for a decision, the oldest first."""
    place = decode_cursor(query.get("cursor"), (int, int))
    after = (place[0], place[1]) if place else None
    found = listing.applications(db.session(), after=after, limit=query["limit"])
    return page(
        found,
        query["limit"],
        lambda view: [to_microseconds(view.promoter.applied_at), view.promoter.user_id],
    )


@blp.route(_ONE, methods=["GET"])
@access.staff("promoter:read")
@blp.response(200, FullPromoterSchema)
@blp.fails("promoter_not_found")
def read_promoter(user_id: int) -> dict[str, Any]:
    """A promoter, how it came to that, and what they accepted."""
    return listing.one_promoter(db.session(), user_id)


@blp.route(f"{_ONE}/decision", methods=["POST"])
@access.staff("promoter:write")
@idempotent
@blp.arguments(PromoterDecisionInput)
@blp.response(200, FullPromoterSchema)
@blp.fails("promoter_not_found", "promoter_level_not_found", "promoter_changed")
def decide(body: dict[str, Any], user_id: int) -> dict[str, Any]:
    """Accept an application or refuse it."""
    deciding.decide(user_id, **body)
    return listing.one_promoter(db.session(), user_id)


@blp.route(f"{_ONE}/block", methods=["POST"])
@access.staff("promoter:write")
@idempotent
@blp.arguments(PromoterReasonInput)
@blp.response(200, FullPromoterSchema)
@blp.fails("promoter_not_found", "promoter_changed")
def block(body: dict[str, Any], user_id: int) -> dict[str, Any]:
    """Let a promoter earn nothing until it is unblocked."""
    deciding.block(user_id, body["reason"])
    return listing.one_promoter(db.session(), user_id)


@blp.route(f"{_ONE}/unblock", methods=["POST"])
@access.staff("promoter:write")
@idempotent
@blp.arguments(PromoterReasonInput)
@blp.response(200, FullPromoterSchema)
@blp.fails("promoter_not_found", "promoter_changed")
def unblock(body: dict[str, Any], user_id: int) -> dict[str, Any]:
    """Let a blocked promoter earn again."""
    deciding.unblock(user_id, body["reason"])
    return listing.one_promoter(db.session(), user_id)


@blp.route(f"{_ONE}/ending", methods=["POST"])
@access.staff("promoter:write")
@idempotent
@blp.arguments(PromoterReasonInput)
@blp.response(200, FullPromoterSchema)
@blp.fails("promoter_not_found", "promoter_changed")
def end(body: dict[str, Any], user_id: int) -> dict[str, Any]:
    """End it for good. A later application waits for staff."""
    deciding.end(user_id, body["reason"])
    return listing.one_promoter(db.session(), user_id)


@blp.route(f"{_ONE}/level", methods=["PUT"])
@access.staff("promoter:write")
@idempotent
@blp.arguments(PromoterLevelChangeInput)
@blp.response(200, FullPromoterSchema)
@blp.fails("promoter_not_found", "promoter_level_not_found", "promoter_changed")
def set_level(body: dict[str, Any], user_id: int) -> dict[str, Any]:
    """Put a promoter on another level."""
    deciding.set_level(user_id, **body)
    return listing.one_promoter(db.session(), user_id)
