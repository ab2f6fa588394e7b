"""Leaderboards of invites for shoppers."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.kernel.http.paging import Page, PageQuery, decode_cursor, id_in, page
from mall.referral.leaderboard import terms, viewing
from mall.referral.leaderboard.schemas import (
    LeaderboardListSchema,
    LeaderboardPeriodPageSchema,
    LeaderboardRankPageSchema,
    LeaderboardRanksQuery,
    LeaderboardSchema,
    LeaderboardStandingQuery,
    LeaderboardStandingSchema,
)
from mall.referral.leaderboard.terms import LeaderboardView
from mall.referral.leaderboard.viewing import PeriodView, RankView

blp = Blueprint("leaderboards", __name__, url_prefix="/api/v1", description="邀新榜")
_ONE = "/leaderboards/<id:leaderboard_id>"
_NO_PERIOD = ("leaderboard_not_found", "leaderboard_period_not_found")


@blp.route("/leaderboards", methods=["GET"])
@access.public
@blp.response(200, LeaderboardListSchema)
def list_leaderboards() -> dict[str, list[LeaderboardView]]:
    """Leaderboards that run or wait for their start."""
    return {"items": terms.not_over(db.session())}


@blp.route(_ONE, methods=["GET"])
@access.public
@blp.response(200, LeaderboardSchema)
@blp.fails("leaderboard_not_found")
def read_leaderboard(leaderboard_id: int) -> LeaderboardView:
    """One leaderboard, over or not."""
    return terms.leaderboard(db.session(), leaderboard_id)


@blp.route(f"{_ONE}/periods", methods=["GET"])
@access.public
@blp.arguments(PageQuery, location="query")
@blp.response(200, LeaderboardPeriodPageSchema)
@blp.fails("leaderboard_not_found")
def list_periods(query: dict[str, Any], leaderboard_id: int) -> Page[PeriodView]:
    """The periods that have begun, newest first."""
    session, before = db.session(), id_in(query.get("cursor"))
    terms.leaderboard(session, leaderboard_id)
    found = viewing.periods(session, leaderboard_id, before=before, limit=query["limit"])
    return page(found, query["limit"], lambda one: [one.board_id])


@blp.route(f"{_ONE}/ranks", methods=["GET"])
@access.shopper
@blp.arguments(LeaderboardRanksQuery, location="query")
@blp.response(200, LeaderboardRankPageSchema)
@blp.fails(*_NO_PERIOD)
def list_ranks(query: dict[str, Any], leaderboard_id: int) -> Page[RankView]:
    """The ranks of a period from the first. Live ones may end early while they are counted anew."""
    session, limit = db.session(), query["limit"]
    view = terms.leaderboard(session, leaderboard_id)
    asked = viewing.period(session, leaderboard_id, query.get("period_id"))
    (after,) = decode_cursor(query.get("cursor"), (int,)) or (0,)
    found = viewing.ranks(
        session, view, asked.board_id, current_shopper().user_id, after=max(after, 0), limit=limit
    )
    return page(found, limit, lambda one: [one.rank or 0])


@blp.route(f"{_ONE}/standing", methods=["GET"])
@access.shopper
@blp.arguments(LeaderboardStandingQuery, location="query")
@blp.response(200, LeaderboardStandingSchema)
@blp.fails(*_NO_PERIOD)
def read_standing(query: dict[str, Any], leaderboard_id: int) -> dict[str, Any]:
    """My rank in a period, with my neighbours."""
    session, user_id = db.session(), current_shopper().user_id
    view = terms.leaderboard(session, leaderboard_id)
    asked = viewing.period(session, leaderboard_id, query.get("period_id"))
    found = viewing.own(session, asked.board_id, user_id, query["around"])
    prize = view.prize_of(found.rank)
    return {
        "period": asked,
        "score": found.score,
        "rank": found.rank,
        "ahead_at_least": found.ahead_at_least,
        "excluded": found.excluded,
        "size": found.size,
        "around": viewing.named(session, view, found.around, user_id),
        "prize": prize.name if prize else None,
        "award": viewing.own_award(session, asked.board_id, user_id),
    }
