"""Missions of a shopper."""

from __future__ import annotations

from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.kernel.http.limits import limited, principal
from mall.missions.board import codes, listing
from mall.missions.board.claiming import claim
from mall.missions.board.listing import Board, MissionView
from mall.missions.board.schemas import (
    ClaimInSchema,
    MissionBoardSchema,
    ShopperMissionSchema,
    UnlockInSchema,
)
from mall.rewards.granters import GIVING

blp = Blueprint("mission_board", __name__, url_prefix="/api/v1", description="任务")


@blp.route("/missions", methods=["GET"])
@access.shopper
@blp.response(200, MissionBoardSchema)
def list_missions() -> Board:
    """The missions that are open to me, with how far I am and what is missing."""
    with transaction() as session:
        return listing.board(session, current_shopper().user_id)


@blp.route("/missions/<id:mission_id>", methods=["GET"])
@access.shopper
@blp.response(200, ShopperMissionSchema)
@blp.fails("mission_not_found")
def show_mission(mission_id: int) -> MissionView:
    """One of my missions."""
    with transaction() as session:
        return listing.mission_view(session, current_shopper().user_id, mission_id)


@blp.route("/missions/<id:mission_id>/claim", methods=["POST"])
@access.shopper
@blp.arguments(ClaimInSchema)
@blp.response(200, ShopperMissionSchema)
@blp.fails("mission_not_found", "mission_not_completed", "reward_budget_spent")
@blp.fails("reward_rule_paused", "reward_daily_cap", "account_closed", "reward_not_priced")
@blp.fails("reward_rule_not_found", hooks=(GIVING,))
def claim_reward(body: dict[str, str | None], mission_id: int) -> MissionView:
    """Claim the reward of a mission that is complete; again gives nothing more."""
    return claim(current_shopper().user_id, mission_id, body["period_key"])


@blp.route("/missions/unlock", methods=["POST"])
@access.shopper
@limited("mission_code", by=principal)
@blp.arguments(UnlockInSchema)
@blp.response(200, ShopperMissionSchema)
@blp.fails("mission_code_invalid", "mission_not_found", "mission_code_used_up", "account_closed")
def unlock_mission(body: dict[str, str]) -> MissionView:
    """Open a hidden mission by its code; again takes no further place."""
    return codes.unlock(current_shopper().user_id, body["code"])
