"""Leaderboards of invites for tests, made as staff would make them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from mall.boards.tending import close_due, tend_views
from mall.kernel.db import transaction
from mall.referral.leaderboard.admin_schemas import LeaderboardInSchema
from mall.referral.leaderboard.counting import open_periods
from mall.referral.leaderboard.defining import create_leaderboard
from tests.support.ladders import from_now

ADMIN = "/admin/api/v1/leaderboards"
SHOPPER = "/api/v1/leaderboards"


def prize(first: int, last: int, rule_id: int) -> dict[str, Any]:
    """The JSON of a prize."""
    return {"first_rank": first, "last_rank": last, "rule_id": str(rule_id)}


def terms(*prizes: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The JSON of a leaderboard that starts at once and runs for thirty days."""
    return {
        "name": "邀新榜",
        "period": "window",
        "ends_at": from_now(days=30),
        "prizes": list(prizes),
        "accept_warnings": True,
        **more,
    }


def leaderboard(*prizes: dict[str, Any], **more: Any) -> tuple[int, int]:
    """A leaderboard that began an hour ago, and the board of its period."""
    made = create_leaderboard(LeaderboardInSchema().load(terms(*prizes, **more)))
    with transaction() as session:
        session.execute(
            text(
                "UPDATE referral_leaderboards SET starts_at = starts_at - interval '1 hour'"
                " WHERE id = :id"
            ),
            {"id": made.id},
        )
    return made.id, newest_period(made.id)


def newest_period(leaderboard_id: int) -> int:
    """The board of the newest period, with its view."""
    open_periods()
    tend_views()
    with transaction() as session:
        query = "SELECT max(board_id) FROM referral_leaderboard_periods WHERE leaderboard_id = :id"
        return int(session.scalars(text(query), {"id": leaderboard_id}).one())


def end_period(board_id: int) -> int:
    """The period is over, and the time for late invites too; what the sweep closed."""
    with transaction() as session:
        session.execute(
            text(
                "UPDATE boards SET ends_at = clock_timestamp(), closes_at = clock_timestamp()"
                " WHERE id = :id"
            ),
            {"id": board_id},
        )
    return close_due()
