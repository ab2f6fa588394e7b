"""Draws of teams for shoppers: the odds, shown before anybody joins."""

from __future__ import annotations

from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.lottery.draws import queries
from mall.lottery.draws.queries import Row
from mall.lottery.draws.schemas import LotterySchema
from mall.lottery.teams.binding import lottery_of

blp = Blueprint("team_lotteries", __name__, url_prefix="/api/v1", description="拼团抽奖")


@blp.route("/group-activities/<id:activity_id>/lottery", methods=["GET"])
@access.public
@blp.response(200, LotterySchema)
@blp.fails("lottery_not_of_activity", "lottery_not_found")
def read_lottery_of_activity(activity_id: int) -> Row:
    """The lottery in which each member of a settled team may draw once: its table and odds."""
    session = db.session()
    return queries.public_view(session, lottery_of(session, activity_id))
