"""Group-buy in the shop window, teams to join, a team's page, sharing it."""

from __future__ import annotations

from typing import Any

from flask import Response

from mall.groupbuy.pages import activities, teams
from mall.groupbuy.pages.cached import answer, server_time
from mall.groupbuy.pages.mine import my_view
from mall.groupbuy.pages.schemas import (
    ActivityListSchema,
    GroupPageSchema,
    GroupProductPageSchema,
    MyActivitySchema,
    RunningActivitiesSchema,
)
from mall.groupbuy.pages.sharing import share_card, team_code
from mall.groupbuy.pages.team_schemas import (
    MyTeamsSchema,
    ShareCardSchema,
    TeamPageSchema,
    TeamsToJoinSchema,
)
from mall.groupbuy.pages.visiting import visit
from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.kernel.http.paging import Page, PageQuery, id_in, page
from mall.kernel.http.parsing import read_query

blp = Blueprint("groupbuy_pages", __name__, url_prefix="/api/v1/group-buy", description="拼团")
_ACTIVITY, _TEAM = "/activities/<id:activity_id>", "/teams/<code>"
_NO_ACTIVITY, _NO_TEAM = "group_activity_not_found", "group_team_not_found"
_PAGE_QUERY, _LIST, _PRODUCT = PageQuery(), ActivityListSchema(), GroupPageSchema()


@blp.route("/products/<id:spu_id>", methods=["GET"])
@access.public
@blp.response(200, GroupProductPageSchema)
@blp.fails("group_activity_not_found")
def read_product(spu_id: int) -> Response:
    """The group-buy of a product that runs, or the next one: both prices, tiers, rules in words."""
    return answer(
        f"product:{spu_id}",
        {},
        lambda: activities.product_page(db.session(), spu_id),
        _PRODUCT,
        keep=True,
    )


@blp.route("/activities", methods=["GET"])
@access.public
@blp.query_doc(PageQuery)
@blp.response(200, RunningActivitiesSchema)
def list_activities() -> Response:
    """Activities that run, those that end first before others."""
    asked = read_query(_PAGE_QUERY)
    cursor, limit = asked.get("cursor"), asked["limit"]
    return answer(
        "activities",
        {"limit": limit},
        lambda: activities.running(db.session(), cursor, limit),
        _LIST,
        keep=cursor is None,
    )


@blp.route(f"{_ACTIVITY}/mine", methods=["GET"])
@access.shopper
@blp.response(200, MyActivitySchema)
@blp.fails("group_activity_not_found")
def read_mine(activity_id: int) -> dict[str, Any]:
    """An activity for me: tier sets, one recommended; what opening and joining would refuse."""
    return _timed(my_view(db.session(), current_shopper().user_id, activity_id))


@blp.route(f"{_ACTIVITY}/teams", methods=["GET"])
@access.shopper
@blp.arguments(PageQuery, location="query")
@blp.response(200, TeamsToJoinSchema)
def list_teams(query: dict[str, Any], activity_id: int) -> dict[str, Any]:
    """Teams that I can join, nearly formed ones first, then nearly full ones; never my own."""
    user_id = current_shopper().user_id
    return _page(
        teams.teams_to_join(db.session(), user_id, activity_id, query.get("cursor"), query["limit"])
    )


@blp.route(_TEAM, methods=["GET"])
@access.shopper
@blp.response(200, TeamPageSchema)
@blp.fails("group_team_not_found")
def read_team(code: str) -> dict[str, Any]:
    """A team, for members and others: seats, tiers with what I pay or get back, my order."""
    return _timed(teams.team_page(db.session(), current_shopper().user_id, code))


@blp.route("/my-teams", methods=["GET"])
@access.shopper
@blp.arguments(PageQuery, location="query")
@blp.response(200, MyTeamsSchema)
def list_my_teams(query: dict[str, Any]) -> dict[str, Any]:
    """Teams in which I have a seat, or paid for one, the newest first."""
    before, limit = id_in(query.get("cursor")), query["limit"]
    found = teams.my_teams(db.session(), current_shopper().user_id, before, limit)
    return _page(page(found, limit, lambda row: [row["id"]]))


@blp.route(f"{_TEAM}/visit", methods=["PUT"])
@access.shopper
@blp.response(204)
@blp.fails("group_team_not_found")
def visit_team(code: str) -> None:
    """I look at a team's page. The first time is kept; at my own team it isn't."""
    visit(current_shopper().user_id, code)


@blp.route(f"{_TEAM}/card", methods=["GET"])
@access.shopper
@blp.response(200, ShareCardSchema)
@blp.fails("group_team_not_found")
def read_card(code: str) -> dict[str, Any]:
    """What to show where the team is shared."""
    return _timed(share_card(db.session(), code))


@blp.route(f"{_TEAM}/code", methods=["GET"])
@access.public
@blp.response(
    200, {"type": "string", "format": "binary"}, content_type="image/jpeg", description="JPEG"
)
@blp.fails("group_team_not_found", "group_team_over", "wechat_unavailable")
def read_code(code: str) -> Response:
    """The team's mini-program code, for posters."""
    headers = {"Cache-Control": "public, max-age=86400"}
    return Response(team_code(code), headers=headers, content_type="image/jpeg")


def _timed(shown: dict[str, Any]) -> dict[str, Any]:
    return {"server_time": server_time(), **shown}


def _page(cut: Page[Any]) -> dict[str, Any]:
    return _timed({"items": cut.items, "next_cursor": cut.next_cursor})
