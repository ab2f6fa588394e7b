"""Campaigns of lots for staff: composing, publishing, canceling, and how they do."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, PageQuery, id_in, page
from mall.lottery.lots import composing, queries
from mall.lottery.lots.admin_schemas import (
    LotCampaignInSchema,
    LotCancelSchema,
    LotDraftInSchema,
    LotPauseSchema,
    LotPreviewQuery,
    LotPreviewSchema,
    LotPublicationSchema,
    StaffListedLotCampaignPageSchema,
    StaffLotCampaignSchema,
)
from mall.lottery.lots.queries import Row

blp = Blueprint(
    "review_lots_admin", __name__, url_prefix="/admin/api/v1", description="晒单抽奖管理"
)
_ONE = "/review-lots/<id:campaign_id>"
_WRONG = ("lot_times_invalid", "lottery_rule_unknown", "lottery_rule_bounded")
_RUNNING = ("lot_campaign_not_found", "lot_campaign_not_published", "lot_campaign_over")


@blp.route("/review-lots", methods=["GET"])
@access.staff("lottery:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, StaffListedLotCampaignPageSchema)
def list_campaigns(query: dict[str, Any]) -> Page[Row]:
    """All campaigns, newest first."""
    before, limit = id_in(query.get("cursor")), query["limit"]
    found = queries.all_campaigns(db.session(), before=before, limit=limit)
    return page(found, limit, lambda row: [row["id"]])


@blp.route("/review-lots", methods=["POST"])
@access.staff("lottery:write")
@idempotent
@blp.arguments(LotCampaignInSchema)
@blp.response(201, StaffLotCampaignSchema)
@blp.fails(*_WRONG)
def create_campaign(body: dict[str, Any]) -> Row:
    """A new draft."""
    return _shown(composing.create_campaign(body))


@blp.route(_ONE, methods=["GET"])
@access.staff("lottery:read")
@blp.response(200, StaffLotCampaignSchema)
@blp.fails("lot_campaign_not_found")
def read_campaign(campaign_id: int) -> Row:
    """A campaign with its terms, entries and prizes."""
    return _shown(campaign_id)


@blp.route(_ONE, methods=["PUT"])
@access.staff("lottery:write")
@idempotent
@blp.arguments(LotDraftInSchema)
@blp.response(200, StaffLotCampaignSchema)
@blp.fails("lot_campaign_not_found", "lot_campaign_published", "lot_campaign_changed", *_WRONG)
def change_campaign(body: dict[str, Any], campaign_id: int) -> Row:
    """Other terms for a draft."""
    composing.change_campaign(campaign_id, body.pop("replaces"), body)
    return _shown(campaign_id)


@blp.route(f"{_ONE}/preview", methods=["GET"])
@access.staff("lottery:read")
@blp.arguments(LotPreviewQuery, location="query")
@blp.response(200, LotPreviewSchema)
@blp.fails("lot_campaign_not_found", "lottery_rule_unknown", "lottery_rule_bounded")
@blp.fails("reward_unknown")
def preview(query: dict[str, Any], campaign_id: int) -> Row:
    """What the prizes cost the shop: expected by how many take part, and worst."""
    return composing.cost_preview(db.session(), campaign_id, query["entries"])


@blp.route(f"{_ONE}/publication", methods=["POST"])
@access.staff("lottery:publish")
@idempotent
@blp.arguments(LotPublicationSchema)
@blp.response(200, StaffLotCampaignSchema)
@blp.fails("lot_campaign_not_found", "lot_campaign_published", "lot_campaign_changed", *_WRONG)
@blp.fails("campaign_refused", "campaign_warned", "reward_unknown")
def publish_campaign(body: dict[str, Any], campaign_id: int) -> Row:
    """Make the terms public for good, before the start."""
    composing.publish_campaign(
        campaign_id, body["replaces"], accept_warnings=body["accept_warnings"]
    )
    return _shown(campaign_id)


@blp.route(f"{_ONE}/pause", methods=["PUT"])
@access.staff("lottery:publish")
@blp.arguments(LotPauseSchema)
@blp.response(200, StaffLotCampaignSchema)
@blp.fails(*_RUNNING)
def pause_campaign(body: dict[str, bool], campaign_id: int) -> Row:
    """Let nobody take part for a while, or let it go on."""
    composing.pause_campaign(campaign_id, body["paused"])
    return _shown(campaign_id)


@blp.route(f"{_ONE}/cancellation", methods=["POST"])
@access.staff("lottery:publish")
@idempotent
@blp.arguments(LotCancelSchema)
@blp.response(200, StaffLotCampaignSchema)
@blp.fails(*_RUNNING)
def cancel_campaign(body: dict[str, str], campaign_id: int) -> Row:
    """End it before the draw, for a reason that is public."""
    composing.cancel_campaign(campaign_id, body["reason"])
    return _shown(campaign_id)


def _shown(campaign_id: int) -> Row:
    return queries.staff_view(db.session(), campaign_id)
