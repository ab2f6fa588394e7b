"""Rewards for reviews, for shoppers: what is offered, what is missing, what was given."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.reviews.rewarding import previewing, queries
from mall.reviews.rewarding.lines import line_of
from mall.reviews.rewarding.pictures import own_prints
from mall.reviews.rewarding.previewing import Preview
from mall.reviews.rewarding.schemas import (
    ReviewPreviewInSchema,
    ReviewPreviewSchema,
    ReviewRewardOffersSchema,
    ReviewRewardsOfMineSchema,
)
from mall.reviews.rewarding.terms import LABELS
from mall.reviews.writing.owning import must_own

blp = Blueprint("review_rewards", __name__, url_prefix="/api/v1", description="评价奖励")


@blp.route("/review-rewards", methods=["GET"])
@access.public
@blp.response(200, ReviewRewardOffersSchema)
def list_offers() -> dict[str, Any]:
    """What reviews are rewarded for: what they say and show, whatever their stars."""
    with transaction() as session:
        return {"items": previewing.offers(session)}


@blp.route("/reviews/preview", methods=["POST"])
@access.shopper
@blp.arguments(ReviewPreviewInSchema)
@blp.response(200, ReviewPreviewSchema)
@blp.fails("order_not_found")
def preview_review(body: dict[str, Any]) -> Preview:
    """What is still missing for which reward, before sending. Changes nothing."""
    user_id = current_shopper().user_id
    prints = own_prints(user_id, body["pictures"])
    with transaction() as session:
        line = line_of(session, user_id, body["order_no"], body["position"])
        return previewing.preview(session, line, body, prints)


@blp.route("/my-reviews/<id:review_id>/rewards", methods=["GET"])
@access.shopper
@blp.response(200, ReviewRewardsOfMineSchema)
@blp.fails("review_not_found")
def list_rewards(review_id: int) -> dict[str, Any]:
    """What my review got: given, promised, taken back."""
    with transaction() as session:
        must_own(session, current_shopper().user_id, review_id)
        rows = queries.of_review(session, review_id)
        return {"items": [{**row._mapping, "label": LABELS[row.kind]} for row in rows]}
