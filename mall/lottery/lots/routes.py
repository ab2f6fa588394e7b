"""Campaigns of lots for everybody (terms, entries, winners) and for the shopper who takes part."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, PageQuery, id_in, page
from mall.lottery.lots import queries
from mall.lottery.lots.entering import enter
from mall.lottery.lots.queries import Row
from mall.lottery.lots.schemas import (
    ListedLotCampaignPageSchema,
    LotCampaignSchema,
    LotEntryInSchema,
    LotEntryPageSchema,
    LotWinnerPageSchema,
    OwnLotEntrySchema,
)

blp = Blueprint("review_lots", __name__, url_prefix="/api/v1", description="晒单抽奖")
_ONE = "/review-lots/<id:campaign_id>"


@blp.route("/review-lots", methods=["GET"])
@access.public
@blp.arguments(PageQuery, location="query")
@blp.response(200, ListedLotCampaignPageSchema)
def list_campaigns(query: dict[str, Any]) -> Page[Row]:
    """Campaigns that are published, newest first."""
    found = queries.listed(db.session(), before=id_in(query.get("cursor")), limit=query["limit"])
    return page(found, query["limit"], lambda row: [row["id"]])


@blp.route(_ONE, methods=["GET"])
@access.public
@blp.response(200, LotCampaignSchema)
@blp.fails("lot_campaign_not_found")
def read_campaign(campaign_id: int) -> Row:
    """Terms, hashes and commitment; the secret once the lots are drawn."""
    return queries.public_view(db.session(), campaign_id)


@blp.route(f"{_ONE}/entries", methods=["GET"])
@access.public
@blp.arguments(PageQuery, location="query")
@blp.response(200, LotEntryPageSchema)
@blp.fails("lot_campaign_not_found")
def list_entries(query: dict[str, Any], campaign_id: int) -> Page[Row]:
    """Who takes part, under an alias, from the first entry on."""
    after, limit = id_in(query.get("cursor")) or 0, query["limit"]
    found = queries.entries(db.session(), campaign_id, after=after, limit=limit)
    return page(found, limit, lambda row: [row["number"]])


@blp.route(f"{_ONE}/winners", methods=["GET"])
@access.public
@blp.arguments(PageQuery, location="query")
@blp.response(200, LotWinnerPageSchema)
@blp.fails("lot_campaign_not_found")
def list_winners(query: dict[str, Any], campaign_id: int) -> Page[Row]:
    """Who won what, with masked names."""
    after, limit = id_in(query.get("cursor")) or 0, query["limit"]
    found = queries.winners(db.session(), campaign_id, after=after, limit=limit)
    return page(found, limit, lambda row: [row["place"]])


@blp.route(f"{_ONE}/entry", methods=["GET"])
@access.shopper
@blp.response(200, OwnLotEntrySchema)
@blp.fails("lot_campaign_not_found", "lot_entry_not_found")
def read_own_entry(campaign_id: int) -> Row:
    """My entry, and what it won."""
    return queries.own_entry(db.session(), campaign_id, current_shopper().user_id)


@blp.route(f"{_ONE}/entry", methods=["PUT"])
@access.shopper
@idempotent
@blp.arguments(LotEntryInSchema)
@blp.response(200, OwnLotEntrySchema)
@blp.fails("lot_campaign_not_found", "lot_campaign_closed", "lot_campaign_over")
@blp.fails("lot_review_not_found", "lot_review_unfit", "lot_entered", "account_closed")
@blp.fails("lot_campaign_paused")
def take_part(body: dict[str, Any], campaign_id: int) -> Row:
    """Take part with one of my reviews; one entry a shopper."""
    user_id = current_shopper().user_id
    enter(user_id, campaign_id, body["review_id"], body["nonce"])
    return queries.own_entry(db.session(), campaign_id, user_id)
