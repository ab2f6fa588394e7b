"""Ladders for staff: campaigns, and what they gave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, PageQuery, id_in, page
from mall.referral.ladders import campaigns, defining, queries, retrying
from mall.referral.ladders.admin_schemas import (
    LadderCampaignPageSchema,
    LadderCampaignSchema,
    LadderChangeSchema,
    LadderFiguresSchema,
    LadderGrantPageSchema,
    LadderGrantQuery,
    LadderGrantSchema,
    LadderInSchema,
    LadderStopSchema,
)
from mall.referral.ladders.campaigns import CampaignView

blp = Blueprint("ladder_admin", __name__, url_prefix="/admin/api/v1", description="邀新阶梯管理")
_CAMPAIGN = "/ladder-campaigns/<id:campaign_id>"
_WRONG = ("campaign_refused", "ladder_rule_unknown", "ladder_times_invalid")


@blp.route("/ladder-campaigns", methods=["GET"])
@access.staff("ladder:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, LadderCampaignPageSchema)
def list_campaigns(query: dict[str, Any]) -> Page[CampaignView]:
    """Campaigns by their newest versions, newest first."""
    with transaction() as session:
        found = campaigns.campaigns(
            session, before=id_in(query.get("cursor")), limit=query["limit"]
        )
    return page(found, query["limit"], lambda row: [row.id])


@blp.route("/ladder-campaigns", methods=["POST"])
@access.staff("ladder:write")
@idempotent
@blp.arguments(LadderInSchema)
@blp.response(201, LadderCampaignSchema)
@blp.fails("campaign_warned", "ladder_limit", *_WRONG)
def create_campaign(body: dict[str, Any]) -> CampaignView:
    """A new campaign; its terms are fixed once it starts."""
    return defining.create_campaign(body)


@blp.route(_CAMPAIGN, methods=["GET"])
@access.staff("ladder:read")
@blp.response(200, LadderCampaignSchema)
@blp.fails("ladder_not_found")
def read_campaign(campaign_id: int) -> CampaignView:
    """A campaign by its newest version."""
    with transaction() as session:
        return campaigns.campaign(session, campaign_id)


@blp.route(_CAMPAIGN, methods=["PUT"])
@access.staff("ladder:write")
@idempotent
@blp.arguments(LadderChangeSchema)
@blp.response(200, LadderCampaignSchema)
@blp.fails("ladder_not_found", "campaign_warned", "ladder_changed", "ladder_started")
@blp.fails("ladder_stopped", *_WRONG)
def change_campaign(body: dict[str, Any], campaign_id: int) -> CampaignView:
    """A further version of a campaign that hasn't started."""
    return defining.change_campaign(campaign_id, body)


@blp.route(f"{_CAMPAIGN}/stop", methods=["POST"])
@access.staff("ladder:write")
@idempotent
@blp.arguments(LadderStopSchema)
@blp.response(200, LadderCampaignSchema)
@blp.fails("ladder_not_found")
def stop_campaign(body: dict[str, str], campaign_id: int) -> CampaignView:
    """Count no further invites; those before go on. Again changes nothing."""
    return defining.stop_campaign(campaign_id, body["reason"])


@blp.route(f"{_CAMPAIGN}/versions", methods=["GET"])
@access.staff("ladder:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, LadderCampaignPageSchema)
@blp.fails("ladder_not_found")
def list_versions(query: dict[str, Any], campaign_id: int) -> Page[CampaignView]:
    """The versions of a campaign, newest first."""
    before, limit = id_in(query.get("cursor")), query["limit"]
    with transaction() as session:
        found = campaigns.versions(session, campaign_id, before=before, limit=limit)
    return page(found, limit, lambda row: [row.version])


@blp.route(f"{_CAMPAIGN}/figures", methods=["GET"])
@access.staff("ladder:read")
@blp.response(200, LadderFiguresSchema)
@blp.fails("ladder_not_found")
def read_figures(campaign_id: int) -> Mapping[str, int]:
    """How a campaign does: shoppers, and steps by what became of their rewards."""
    with transaction() as session:
        return queries.figures(session, campaign_id)


@blp.route("/ladder-grants", methods=["GET"])
@access.staff("ladder:read")
@blp.arguments(LadderGrantQuery, location="query")
@blp.response(200, LadderGrantPageSchema)
def list_grants(query: dict[str, Any]) -> Page[Any]:
    """Steps that shoppers reached, of a campaign or a shopper, newest first."""
    wanted = {name: query.get(name) for name in ("campaign_id", "user_id")}
    with transaction() as session:
        found = queries.grants(
            session,
            **wanted,
            refused=query["refused"],
            before=id_in(query.get("cursor")),
            limit=query["limit"],
        )
    return page(found, query["limit"], lambda row: [row.id])


@blp.route("/ladder-grants/<id:ladder_grant_id>/retry", methods=["POST"])
@access.staff("ladder:write")
@idempotent
@blp.response(200, LadderGrantSchema)
@blp.fails("ladder_grant_not_found")
def retry_grant(ladder_grant_id: int) -> Any:
    """Try at once again what the reward rule refused. Where it isn't refused, nothing happens."""
    return retrying.retry(ladder_grant_id)
