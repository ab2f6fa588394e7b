"""Hidden coupons and communities for shoppers."""

from __future__ import annotations

from mall.games.communities import queries
from mall.games.communities.hiding import claim_hidden_coupon
from mall.games.communities.joining import join
from mall.games.communities.queries import Row
from mall.games.communities.schemas import (
    ClaimedHiddenCouponSchema,
    CommunityCodeInSchema,
    CommunityMissionsSchema,
    MyCommunitiesSchema,
    PhraseInSchema,
)
from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.limits import limited, principal
from mall.rewards.granters import GIVING

blp = Blueprint("communities", __name__, url_prefix="/api/v1", description="社群")


@blp.route("/hidden-coupon-claims", methods=["POST"])
@access.shopper
@limited("mission_code", by=principal)
@idempotent
@blp.arguments(PhraseInSchema)
@blp.response(201, ClaimedHiddenCouponSchema)
@blp.fails("hidden_coupon_phrase_unknown", "hidden_coupon_used_up", "hidden_coupon_not_found")
@blp.fails("hidden_coupon_paused")
@blp.fails("reward_budget_spent", "reward_rule_paused", "reward_daily_cap", "account_closed")
@blp.fails("reward_not_priced", "reward_rule_not_found", hooks=(GIVING,))
def claim(body: dict[str, str]) -> Row:
    """Get what a phrase hides, once; again shows the first."""
    user_id = current_shopper().user_id
    hidden_coupon_id = claim_hidden_coupon(user_id, body["phrase"])
    return queries.claimed_hidden_coupon(db.session(), hidden_coupon_id, user_id)


@blp.route("/communities", methods=["GET"])
@access.shopper
@blp.response(200, MyCommunitiesSchema)
def list_mine() -> dict[str, list[Row]]:
    """The communities that I joined."""
    return {"items": queries.my_communities(db.session(), current_shopper().user_id)}


@blp.route("/communities", methods=["POST"])
@access.shopper
@limited("mission_code", by=principal)
@idempotent
@blp.arguments(CommunityCodeInSchema)
@blp.response(201, MyCommunitiesSchema)
@blp.fails("community_code_unknown")
def join_by_code(body: dict[str, str]) -> dict[str, list[Row]]:
    """Join the community of a code; again changes nothing."""
    user_id = current_shopper().user_id
    join(user_id, body["code"])
    return {"items": queries.my_communities(db.session(), user_id)}


@blp.route("/communities/<id:community_id>/missions", methods=["GET"])
@access.shopper
@blp.response(200, CommunityMissionsSchema)
@blp.fails("community_not_found")
def list_missions(community_id: int) -> dict[str, list[Row]]:
    """The missions of my community: how far all are, and what I counted."""
    user_id = current_shopper().user_id
    return {"items": queries.my_missions(db.session(), community_id, user_id)}
