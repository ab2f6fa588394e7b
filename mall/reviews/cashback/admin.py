"""Cash for likes for staff: campaigns, and what becomes of shows that have their likes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.access import current_staff
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, PageQuery, id_in, page
from mall.reviews.cashback import campaigns, queries
from mall.reviews.cashback.admin_schemas import (
    CashbackCampaignChangeInput,
    CashbackCampaignInput,
    CashbackDecisionInput,
    CashbackEnabledInput,
    CashbackShowQuery,
    StaffCashbackCampaignPageSchema,
    StaffCashbackCampaignSchema,
    StaffCashbackShowPageSchema,
)
from mall.reviews.cashback.deciding import decide as decide_show

blp = Blueprint("cashback_admin", __name__, url_prefix="/admin/api/v1", description="晒单返现管理")
_ALL = "/cashback-campaigns"
_ONE = f"{_ALL}/<id:campaign_id>"
_WRONG = ("campaign_refused", "cashback_rule_unfit")


@blp.route(_ALL, methods=["GET"])
@access.staff("cashback:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, StaffCashbackCampaignPageSchema)
def list_campaigns(query: dict[str, Any]) -> Page[Any]:
    """Every campaign, the newest first."""
    before, limit = id_in(query.get("cursor")), query["limit"]
    found = queries.all_campaigns(db.session(), before, limit)
    return page(found, limit, lambda row: [row["id"]])


@blp.route(_ALL, methods=["POST"])
@access.staff("cashback:write")
@idempotent
@blp.arguments(CashbackCampaignInput)
@blp.response(201, StaffCashbackCampaignSchema)
@blp.fails("campaign_warned", *_WRONG)
def create(body: dict[str, Any]) -> Mapping[str, Any]:
    """A campaign, off until it is switched on."""
    return _shown(campaigns.create_campaign(body))


@blp.route(_ONE, methods=["PUT"])
@access.staff("cashback:write")
@idempotent
@blp.arguments(CashbackCampaignChangeInput)
@blp.response(200, StaffCashbackCampaignSchema)
@blp.fails("cashback_campaign_not_found", "cashback_changed", "campaign_warned", *_WRONG)
def change(body: dict[str, Any], campaign_id: int) -> Mapping[str, Any]:
    """Other terms, for shows that begin from now on."""
    campaigns.change_campaign(campaign_id, body)
    return _shown(campaign_id)


@blp.route(f"{_ONE}/enabled", methods=["PUT"])
@access.staff("cashback:write")
@blp.arguments(CashbackEnabledInput)
@blp.response(200, StaffCashbackCampaignSchema)
@blp.fails("cashback_campaign_not_found", "campaign_refused", "campaign_warned")
def enable(body: dict[str, bool], campaign_id: int) -> Mapping[str, Any]:
    """Switch it on or off; shows that were begun go on."""
    campaigns.enable_campaign(campaign_id, enabled=body["enabled"])
    return _shown(campaign_id)


@blp.route("/cashback-shows", methods=["GET"])
@access.staff("cashback:read")
@blp.arguments(CashbackShowQuery, location="query")
@blp.response(200, StaffCashbackShowPageSchema)
def list_shows(query: dict[str, Any]) -> Page[Any]:
    """Shows by campaign and status, the newest first."""
    found = queries.shows(
        db.session(),
        campaign_id=query.get("campaign_id"),
        status=query.get("status"),
        before=id_in(query.get("cursor")),
        limit=query["limit"],
    )
    return page(found, query["limit"], lambda row: [row.id])


@blp.route("/cashback-shows/<id:show_id>/decision", methods=["PUT"])
@access.staff("cashback:release")
@blp.arguments(CashbackDecisionInput)
@blp.response(204)
@blp.fails("cashback_show_not_found", "cashback_not_waiting")
def decide(body: dict[str, str], show_id: int) -> None:
    """Release the cash of a show that has its likes, or refuse it with a reason."""
    decide_show(current_staff().staff_id, show_id, body["decision"], body["reason"])


def _shown(campaign_id: int) -> Mapping[str, Any]:
    return queries.with_rules(campaigns.campaign_of(db.session(), campaign_id))
