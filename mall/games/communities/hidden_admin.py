"""Hidden coupons for staff. Who sees a phrase can use it: all of this is for who publishes."""

from __future__ import annotations

from typing import Any

from mall.games.communities import hidden_composing, previewing, queries
from mall.games.communities.admin_schemas import (
    CommunityCostSchema,
    HiddenCouponDraftInSchema,
    HiddenCouponFiguresSchema,
    HiddenCouponInSchema,
    HiddenCouponPageSchema,
    HiddenCouponPreviewQuery,
    HiddenCouponSchema,
    PauseSchema,
    PublicationSchema,
)
from mall.games.communities.queries import Row
from mall.kernel.db import db, transaction
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, PageQuery, id_in, page

blp = Blueprint(
    "hidden_coupons_admin", __name__, url_prefix="/admin/api/v1", description="隐藏券管理"
)
_ONE = "/hidden-coupons/<id:hidden_coupon_id>"
_WRONG = ("community_times_invalid", "community_rule_unknown")
_DRAFT = ("hidden_coupon_not_found", "hidden_coupon_published", "hidden_coupon_changed")


@blp.route("/hidden-coupons", methods=["GET"])
@access.staff("games:publish")
@blp.arguments(PageQuery, location="query")
@blp.response(200, HiddenCouponPageSchema)
def list_hidden_coupons(query: dict[str, Any]) -> Page[Row]:
    """Hidden coupons, newest first, with their phrases."""
    before, limit = id_in(query.get("cursor")), query["limit"]
    found = queries.hidden_coupons(db.session(), before=before, limit=limit)
    return page(found, limit, lambda row: [row["id"]])


@blp.route("/hidden-coupons", methods=["POST"])
@access.staff("games:publish")
@idempotent
@blp.arguments(HiddenCouponInSchema)
@blp.response(201, HiddenCouponSchema)
@blp.fails(*_WRONG, "hidden_coupon_phrase_taken", "hidden_coupon_not_found")
def create_hidden_coupon(body: dict[str, Any]) -> Row:
    """A new draft."""
    return _shown(hidden_composing.create_hidden_coupon(body))


@blp.route(_ONE, methods=["GET"])
@access.staff("games:publish")
@blp.response(200, HiddenCouponSchema)
@blp.fails("hidden_coupon_not_found")
def read_hidden_coupon(hidden_coupon_id: int) -> Row:
    """A hidden coupon with its phrase and terms."""
    return _shown(hidden_coupon_id)


@blp.route(_ONE, methods=["PUT"])
@access.staff("games:publish")
@idempotent
@blp.arguments(HiddenCouponDraftInSchema)
@blp.response(200, HiddenCouponSchema)
@blp.fails(*_DRAFT, *_WRONG, "hidden_coupon_phrase_taken")
def change_draft(body: dict[str, Any], hidden_coupon_id: int) -> Row:
    """Other terms for a draft."""
    hidden_composing.change_draft(hidden_coupon_id, body.pop("replaces"), body)
    return _shown(hidden_coupon_id)


@blp.route(f"{_ONE}/publication", methods=["POST"])
@access.staff("games:publish")
@idempotent
@blp.arguments(PublicationSchema)
@blp.response(200, HiddenCouponSchema)
@blp.fails(*_DRAFT, *_WRONG, "campaign_refused", "campaign_warned")
def publish(body: dict[str, Any], hidden_coupon_id: int) -> Row:
    """Let the phrase hold in its time; the terms never change from then on."""
    accept = body["accept_warnings"]
    hidden_composing.publish(hidden_coupon_id, body["replaces"], accept_warnings=accept)
    return _shown(hidden_coupon_id)


@blp.route(f"{_ONE}/pause", methods=["PUT"])
@access.staff("games:publish")
@blp.arguments(PauseSchema)
@blp.response(200, HiddenCouponSchema)
@blp.fails("hidden_coupon_not_found", "hidden_coupon_not_published", "hidden_coupon_over")
def pause(body: dict[str, bool], hidden_coupon_id: int) -> Row:
    """Let nobody claim it for a while, or let it go on."""
    hidden_composing.pause(hidden_coupon_id, body["paused"])
    return _shown(hidden_coupon_id)


@blp.route(f"{_ONE}/revocation", methods=["POST"])
@access.staff("games:publish")
@idempotent
@blp.response(200, HiddenCouponSchema)
@blp.fails("hidden_coupon_not_found", "hidden_coupon_not_published")
def revoke(hidden_coupon_id: int) -> Row:
    """Let nobody claim it any more."""
    hidden_composing.revoke(hidden_coupon_id)
    return _shown(hidden_coupon_id)


@blp.route(f"{_ONE}/preview", methods=["GET"])
@access.staff("games:publish")
@blp.arguments(HiddenCouponPreviewQuery, location="query")
@blp.response(200, CommunityCostSchema)
@blp.fails("hidden_coupon_not_found", "reward_unknown")
def preview(query: dict[str, Any], hidden_coupon_id: int) -> Row:
    """What it may cost: expected by the share that is claimed, and worst."""
    claimed_bp = query["claimed_bp"]
    return previewing.hidden_coupon_preview(db.session(), hidden_coupon_id, claimed_bp)


@blp.route(f"{_ONE}/figures", methods=["GET"])
@access.staff("games:publish")
@blp.response(200, HiddenCouponFiguresSchema)
@blp.fails("hidden_coupon_not_found", "reward_unknown")
def read_figures(hidden_coupon_id: int) -> Row:
    """Places, claims, what came back, and the cost."""
    return queries.hidden_figures(db.session(), hidden_coupon_id)


def _shown(hidden_coupon_id: int) -> Row:
    with transaction() as session:
        return queries.one_hidden_coupon(session, hidden_coupon_id)
