"""Rewards for reviews, for staff: the terms of each kind, and what reviews got."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, page
from mall.reviews.rewarding import defining, queries
from mall.reviews.rewarding.admin_schemas import (
    ReviewRewardChangeSchema,
    ReviewRewardEnabledSchema,
    ReviewRewardGrantPageSchema,
    ReviewRewardGrantQuery,
    ReviewRewardInSchema,
    ReviewRewardListSchema,
    ReviewRewardSchema,
)
from mall.reviews.rewarding.models import ReviewReward

blp = Blueprint(
    "review_reward_admin", __name__, url_prefix="/admin/api/v1", description="评价奖励管理"
)
_REWARD = "/review-rewards/<id:reward_id>"
_WRONG = (
    *("campaign_refused", "campaign_warned", "review_reward_not_by_count"),
    "review_reward_rule_unknown",
)


@blp.route("/review-rewards", methods=["GET"])
@access.staff("review_reward:read")
@blp.response(200, ReviewRewardListSchema)
def list_rewards() -> dict[str, Sequence[ReviewReward]]:
    """What reviews are and were rewarded for."""
    with transaction() as session:
        return {"items": defining.rewards(session)}


@blp.route("/review-rewards", methods=["POST"])
@access.staff("review_reward:write")
@idempotent
@blp.arguments(ReviewRewardInSchema)
@blp.response(201, ReviewRewardSchema)
@blp.fails("review_reward_taken", *_WRONG)
def create_reward(body: dict[str, Any]) -> ReviewReward:
    """A reward for reviews: by what they say and show, never by their stars."""
    return _shown(defining.create_reward(body))


@blp.route(_REWARD, methods=["PUT"])
@access.staff("review_reward:write")
@idempotent
@blp.arguments(ReviewRewardChangeSchema)
@blp.response(200, ReviewRewardSchema)
@blp.fails("review_reward_not_found", "review_reward_changed", *_WRONG)
def change_reward(body: dict[str, Any], reward_id: int) -> ReviewReward:
    """Other terms, for what is approved from now on."""
    defining.change_reward(reward_id, body)
    return _shown(reward_id)


@blp.route(f"{_REWARD}/enabled", methods=["PUT"])
@access.staff("review_reward:write")
@blp.arguments(ReviewRewardEnabledSchema)
@blp.response(200, ReviewRewardSchema)
@blp.fails("review_reward_not_found", "review_reward_taken", "campaign_refused", "campaign_warned")
@blp.fails("review_reward_rule_unknown")
def enable_reward(body: dict[str, bool], reward_id: int) -> ReviewReward:
    """Pause a reward, or let it go on. What was given stays given."""
    defining.enable_reward(reward_id, body["enabled"])
    return _shown(reward_id)


@blp.route("/review-reward-grants", methods=["GET"])
@access.staff("review_reward:read")
@blp.arguments(ReviewRewardGrantQuery, location="query")
@blp.response(200, ReviewRewardGrantPageSchema)
def list_grants(query: dict[str, Any]) -> Page[Any]:
    """What reviews got, or of a review; the newest reviews first."""
    with transaction() as session:
        found = queries.grants(
            session,
            review_id=query.get("review_id"),
            refused=query["refused"],
            before=queries.place_in(query.get("cursor")),
            limit=query["limit"],
        )
    return page(found, query["limit"], lambda row: [row.review_id, row.kind])


def _shown(reward_id: int) -> ReviewReward:
    with transaction() as session:
        return defining.reward(session, reward_id)
