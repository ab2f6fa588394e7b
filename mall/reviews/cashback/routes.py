"""Cash for likes for shoppers: what is on, beginning a show, liking one that was shared."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, PageQuery, id_in, page
from mall.reviews.cashback import liking, opening, queries
from mall.reviews.cashback.schemas import (
    BeginShowInput,
    BegunSchema,
    CashbackCampaignsSchema,
    CashbackShowPageSchema,
    CashbackShowSchema,
    LikedSchema,
    LikeShowInput,
)

blp = Blueprint("cashback", __name__, url_prefix="/api/v1", description="晒单返现")
_SHOW = "/cashback-shows/<id:show_id>"


@blp.route("/cashback-campaigns", methods=["GET"])
@access.shopper
@blp.response(200, CashbackCampaignsSchema)
def list_campaigns() -> dict[str, Any]:
    """Campaigns that I may join, with their rules."""
    return {"items": queries.running_campaigns(db.session())}


@blp.route("/cashback-shows", methods=["POST"])
@access.shopper
@idempotent
@blp.arguments(BeginShowInput)
@blp.response(201, BegunSchema)
@blp.fails("review_not_found", "cashback_campaign_not_found", "cashback_not_open")
@blp.fails("cashback_review_unfit", "cashback_taken", "reward_budget_spent", "account_closed")
@blp.fails("reward_not_priced", "reward_rule_not_found")
def begin(body: dict[str, Any]) -> dict[str, int]:
    """Show a review of mine for cash, which is set aside. The same again is the same show."""
    user_id = current_shopper().user_id
    return {
        "id": opening.begin_show(user_id, body["campaign_id"], body["review_id"], body["device"])
    }


@blp.route("/cashback-shows", methods=["GET"])
@access.shopper
@blp.arguments(PageQuery, location="query")
@blp.response(200, CashbackShowPageSchema)
def list_shows(query: dict[str, Any]) -> Page[Any]:
    """My shows, the newest first."""
    before, limit = id_in(query.get("cursor")), query["limit"]
    found = queries.own_shows(db.session(), current_shopper().user_id, before, limit)
    return page(found, limit, lambda row: [row["id"]])


@blp.route(_SHOW, methods=["GET"])
@access.shopper
@blp.response(200, CashbackShowSchema)
@blp.fails("cashback_show_not_found")
def read_show(show_id: int) -> dict[str, Any]:
    """A show: mine, or one that runs and was shared with me."""
    return queries.show_for(db.session(), current_shopper().user_id, show_id)


@blp.route(f"{_SHOW}/like", methods=["PUT"])
@access.shopper
@blp.arguments(LikeShowInput)
@blp.response(200, LikedSchema)
@blp.fails("cashback_show_not_found", "cashback_not_opened", "cashback_own_like")
@blp.fails("cashback_device_used", "cashback_over", "account_closed")
def like(body: dict[str, str], show_id: int) -> liking.Liked:
    """Like a show that I opened by its writer's share, once."""
    return liking.like(current_shopper().user_id, show_id, body["share"], body["device"])
