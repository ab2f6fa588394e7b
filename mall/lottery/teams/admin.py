"""Draws of teams for staff."""

from __future__ import annotations

from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.lottery.teams import binding
from mall.lottery.teams.schemas import ActivityLotterySchema

blp = Blueprint(
    "team_lottery_admin", __name__, url_prefix="/admin/api/v1", description="拼团抽奖管理"
)
_ONE = "/group-activities/<id:activity_id>/lottery"


@blp.route(_ONE, methods=["GET"])
@access.staff("lottery:read")
@blp.response(200, ActivityLotterySchema)
@blp.fails("lottery_not_of_activity")
def read_lottery_of_activity(activity_id: int) -> dict[str, int]:
    """The lottery of an activity's teams."""
    return {"lottery_id": binding.lottery_of(db.session(), activity_id)}


@blp.route(_ONE, methods=["PUT"])
@access.staff("lottery:publish")
@idempotent
@blp.arguments(ActivityLotterySchema)
@blp.response(200, ActivityLotterySchema)
@blp.fails("group_activity_not_found", "lottery_activity_open", "lottery_not_found")
@blp.fails("lottery_over", "lottery_is_box", "lottery_too_short", "lottery_frees_others")
def bind_lottery(body: dict[str, int], activity_id: int) -> dict[str, int]:
    """Let the members of settled teams draw; before the activity opens."""
    binding.bind(activity_id, body["lottery_id"])
    return body


@blp.route(_ONE, methods=["DELETE"])
@access.staff("lottery:publish")
@idempotent
@blp.response(204)
@blp.fails("group_activity_not_found", "lottery_activity_open", "lottery_not_of_activity")
def unbind_lottery(activity_id: int) -> None:
    """Let nobody draw; before the activity opens."""
    binding.unbind(activity_id)
