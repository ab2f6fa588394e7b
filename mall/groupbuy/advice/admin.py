"""Advice for staff."""

from __future__ import annotations

from typing import Any

from mall.catalog.costs import may_see_costs
from mall.groupbuy.advice import set_starts
from mall.groupbuy.advice.advising import advise
from mall.groupbuy.advice.model.proposing import Bounds
from mall.groupbuy.advice.schemas import (
    GroupAdviceInput,
    GroupAdviceSchema,
    GroupSetStartsSchema,
)
from mall.groupbuy.advice.showing import shown
from mall.groupbuy.advice.wanted import Wanted
from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint

blp = Blueprint(
    "group_advice_admin", __name__, url_prefix="/admin/api/v1/group-advice", description="拼团建议"
)


@blp.route("", methods=["POST"])
@access.staff("groupbuy:read")
@blp.arguments(GroupAdviceInput)
@blp.response(200, GroupAdviceSchema)
@blp.fails("product_not_found", "sku_unknown")
def ask(body: dict[str, Any]) -> dict[str, Any]:
    """Tiers that the shop's history speaks for, and what that rests on. Nothing is kept.

    Proposals need `catalog:cost`: prices that keep a floor margin tell the cost. Without it
    the answer has the data alone.
    """
    return shown(advise(_wanted(body), sees_costs=may_see_costs()))


@blp.route("/activities/<id:activity_id>/set-starts", methods=["GET"])
@access.staff("groupbuy:read")
@blp.response(200, GroupSetStartsSchema)
@blp.fails("group_activity_not_found")
def list_set_starts(activity_id: int) -> dict[str, Any]:
    """Which tier set leaders of which circle are offered first, and what that rests on."""
    return {"items": set_starts.set_starts(db.session(), activity_id)}


def _wanted(body: dict[str, Any]) -> Wanted:
    bounds = Bounds(
        min_size=body["min_size"],
        max_size=body["max_size"],
        most_tiers=body["most_tiers"],
        least_bp=body["least_reduction_bp"],
        most_bp=body["most_reduction_bp"],
        floor_margin_bp=body["floor_margin_bp"],
        lives_h=sorted(set(body["open_hours"])),
    )
    return Wanted(
        spu_id=body["spu_id"],
        bounds=bounds,
        sku_ids=body["sku_ids"],
        fee_bp=body["fee_bp"],
        failed_team_fen=body["failed_team_fen"],
        stock=body["stock"],
        days=body["days"],
    )
