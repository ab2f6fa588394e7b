"""Leaderboards of invites for staff: the periods, who is on them, cheaters, prizes."""

from __future__ import annotations

from typing import Any

from mall.boards.awarding import award, awards
from mall.boards.excluding import exclude, readmit
from mall.boards.models import BoardAward
from mall.boards.ranking import places
from mall.kernel.db import db, release_connection, transaction
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.paging import Page, PageQuery, decode_cursor, id_in, page
from mall.referral.leaderboard import terms, viewing
from mall.referral.leaderboard.admin_schemas import (
    KeptLeaderboardPeriodPageSchema,
    KeptLeaderboardRankPageSchema,
    LeaderboardAwardedSchema,
    LeaderboardAwardPageSchema,
    LeaderboardExclusionSchema,
)
from mall.referral.leaderboard.viewing import PeriodView

blp = Blueprint(
    "leaderboard_periods_admin", __name__, url_prefix="/admin/api/v1", description="邀新榜管理"
)
_ONE = "/leaderboards/<id:leaderboard_id>/periods"
_PERIOD = f"{_ONE}/<id:period_id>"


@blp.route(_ONE, methods=["GET"])
@access.staff("leaderboard:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, KeptLeaderboardPeriodPageSchema)
@blp.fails("leaderboard_not_found")
def list_periods(query: dict[str, Any], leaderboard_id: int) -> Page[PeriodView]:
    """The periods that have begun, newest first."""
    session, before = db.session(), id_in(query.get("cursor"))
    terms.leaderboard(session, leaderboard_id)
    found = viewing.periods(session, leaderboard_id, before=before, limit=query["limit"])
    return page(found, query["limit"], lambda one: [one.board_id])


@blp.route(f"{_PERIOD}/ranks", methods=["GET"])
@access.staff("leaderboard:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, KeptLeaderboardRankPageSchema)
@blp.fails("leaderboard_period_not_found")
def list_ranks(query: dict[str, Any], leaderboard_id: int, period_id: int) -> Page[dict[str, Any]]:
    """The ranks of a period, from the first."""
    session, limit = db.session(), query["limit"]
    viewing.period(session, leaderboard_id, period_id)
    (after,) = decode_cursor(query.get("cursor"), (int,)) or (0,)
    found = places(session, period_id, first=max(after, 0), count=limit + 1)
    names = viewing.nicknames(session, {one.member_id for one in found})
    rows = [
        {
            "rank": one.rank,
            "user_id": one.member_id,
            "nickname": names.get(one.member_id),
            "score": one.score,
            "reached_at": one.reached_at,
        }
        for one in found
    ]
    return page(rows, limit, lambda row: [row["rank"]])


@blp.route(f"{_PERIOD}/shoppers/<id:user_id>", methods=["PUT"])
@access.staff("leaderboard:write")
@blp.arguments(LeaderboardExclusionSchema)
@blp.response(204)
@blp.fails("leaderboard_period_not_found", "board_member_not_found", "board_not_open")
def set_exclusion(body: dict[str, Any], leaderboard_id: int, period_id: int, user_id: int) -> None:
    """Take a shopper off the ranks of a period, or put them back, until the ranks are frozen."""
    with transaction() as session:
        viewing.period(session, leaderboard_id, period_id)
        if body["excluded"]:
            exclude(period_id, user_id, body["reason"])
        else:
            readmit(period_id, user_id, body["reason"])


@blp.route(f"{_PERIOD}/prizes", methods=["GET"])
@access.staff("leaderboard:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, LeaderboardAwardPageSchema)
@blp.fails("leaderboard_period_not_found")
def list_prizes(query: dict[str, Any], leaderboard_id: int, period_id: int) -> Page[BoardAward]:
    """How the prizes of a frozen period went, by rank."""
    session, limit = db.session(), query["limit"]
    viewing.period(session, leaderboard_id, period_id)
    after = decode_cursor(query.get("cursor"), (int, int)) or (0, 0)
    found = awards(session, period_id, after=(after[0], after[1]), limit=limit)
    return page(found, limit, lambda one: [one.rank, one.user_id])


@blp.route(f"{_PERIOD}/prizes", methods=["POST"])
@access.staff("leaderboard:write")
@blp.response(200, LeaderboardAwardedSchema)
@blp.fails("leaderboard_period_not_found")
def give_prizes(leaderboard_id: int, period_id: int) -> dict[str, int]:
    """Give the prizes that were refused, once more. Given ones stay as they are."""
    viewing.period(db.session(), leaderboard_id, period_id)
    release_connection()
    return {"given": award(period_id, again=True)}
