"""Leaderboards of invites for staff: the terms."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, PageQuery, id_in, page
from mall.referral.leaderboard import defining, terms
from mall.referral.leaderboard.admin_schemas import (
    KeptLeaderboardPageSchema,
    KeptLeaderboardSchema,
    LeaderboardChangeSchema,
    LeaderboardInSchema,
    LeaderboardStopSchema,
)
from mall.referral.leaderboard.terms import LeaderboardView

blp = Blueprint(
    "leaderboards_admin", __name__, url_prefix="/admin/api/v1", description="邀新榜管理"
)
_ONE = "/leaderboards/<id:leaderboard_id>"
_WRONG = ("leaderboard_times_invalid", "leaderboard_rule_unknown", "campaign_refused")


@blp.route("/leaderboards", methods=["GET"])
@access.staff("leaderboard:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, KeptLeaderboardPageSchema)
def list_leaderboards(query: dict[str, Any]) -> Page[LeaderboardView]:
    """Leaderboards, newest first."""
    with transaction() as session:
        before = id_in(query.get("cursor"))
        found = terms.leaderboards(session, before=before, limit=query["limit"])
    return page(found, query["limit"], lambda row: [row.id])


@blp.route("/leaderboards", methods=["POST"])
@access.staff("leaderboard:write")
@idempotent
@blp.arguments(LeaderboardInSchema)
@blp.response(201, KeptLeaderboardSchema)
@blp.fails("campaign_warned", "leaderboard_limit", *_WRONG)
def create_leaderboard(body: dict[str, Any]) -> LeaderboardView:
    """A new leaderboard; its terms are fixed once it starts."""
    return defining.create_leaderboard(body)


@blp.route(_ONE, methods=["GET"])
@access.staff("leaderboard:read")
@blp.response(200, KeptLeaderboardSchema)
@blp.fails("leaderboard_not_found")
def read_leaderboard(leaderboard_id: int) -> LeaderboardView:
    """One leaderboard."""
    with transaction() as session:
        return terms.leaderboard(session, leaderboard_id)


@blp.route(_ONE, methods=["PUT"])
@access.staff("leaderboard:write")
@idempotent
@blp.arguments(LeaderboardChangeSchema)
@blp.response(200, KeptLeaderboardSchema)
@blp.fails("leaderboard_not_found", "campaign_warned", "leaderboard_changed", "leaderboard_started")
@blp.fails("leaderboard_stopped", *_WRONG)
def change_leaderboard(body: dict[str, Any], leaderboard_id: int) -> LeaderboardView:
    """Other terms for one that hasn't started."""
    return defining.change_leaderboard(leaderboard_id, body)


@blp.route(f"{_ONE}/stop", methods=["POST"])
@access.staff("leaderboard:write")
@idempotent
@blp.arguments(LeaderboardStopSchema)
@blp.response(200, KeptLeaderboardSchema)
@blp.fails("leaderboard_not_found")
def stop_leaderboard(body: dict[str, str], leaderboard_id: int) -> LeaderboardView:
    """Count no further invites; the period under way ends at its time. Again changes nothing."""
    return defining.stop_leaderboard(leaderboard_id, body["reason"])
