"""Team races for everybody (rules, prizes) and for the shopper who takes part."""

from __future__ import annotations

from typing import Any

from mall.games.races import queries
from mall.games.races.joining import create_team, join_team, match_team
from mall.games.races.leaving import leave_team
from mall.games.races.queries import Row
from mall.games.races.schemas import (
    ListedRacePageSchema,
    RaceInvitationSchema,
    RaceJoinSchema,
    RaceRankPageSchema,
    RaceSchema,
    RaceStandingQuery,
    RaceStandingSchema,
    RaceTeamInSchema,
    RaceTeamSchema,
)
from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.limits import limited, principal
from mall.kernel.http.paging import Page, PageQuery, decode_cursor, id_in, page

blp = Blueprint("races", __name__, url_prefix="/api/v1", description="团队赛")
_ONE = "/races/<id:race_id>"
_JOINING = ("race_not_found", "race_over", "race_joining_over")
_INTO_TEAM = (*_JOINING, "race_paused", "race_has_team", "account_closed", "race_not_in_team")


@blp.route("/races", methods=["GET"])
@access.public
@blp.arguments(PageQuery, location="query")
@blp.response(200, ListedRacePageSchema)
def list_races(query: dict[str, Any]) -> Page[Row]:
    """Published races, newest first."""
    found = queries.listed(db.session(), before=id_in(query.get("cursor")), limit=query["limit"])
    return page(found, query["limit"], lambda row: [row["id"]])


@blp.route(_ONE, methods=["GET"])
@access.public
@blp.response(200, RaceSchema)
@blp.fails("race_not_found")
def read_race(race_id: int) -> Row:
    """Rules, what scores, prizes by rank; size and digest once the ranks are frozen."""
    return queries.public_view(db.session(), race_id)


@blp.route(f"{_ONE}/ranks", methods=["GET"])
@access.shopper
@blp.arguments(PageQuery, location="query")
@blp.response(200, RaceRankPageSchema)
@blp.fails("race_not_found")
def list_ranks(query: dict[str, Any], race_id: int) -> Page[Row]:
    """The ranks from the first. Live ones may end early while they are counted anew."""
    (after,) = decode_cursor(query.get("cursor"), (int,)) or (0,)
    user_id, limit = current_shopper().user_id, query["limit"]
    found = queries.ranks(db.session(), race_id, user_id, after=max(after, 0), limit=limit)
    return page(found, limit, lambda row: [row["rank"] or 0])


@blp.route(f"{_ONE}/standing", methods=["GET"])
@access.shopper
@blp.arguments(RaceStandingQuery, location="query")
@blp.response(200, RaceStandingSchema)
@blp.fails("race_not_found", "race_not_in_team")
def read_standing(query: dict[str, int], race_id: int) -> Row:
    """The rank of my team, with its neighbours."""
    user_id = current_shopper().user_id
    return queries.own_standing(db.session(), race_id, user_id, query["around"])


@blp.route(f"{_ONE}/team", methods=["GET"])
@access.shopper
@blp.response(200, RaceTeamSchema)
@blp.fails("race_not_found", "race_not_in_team")
def read_team(race_id: int) -> Row:
    """My team with its invitation code, and what each member scored."""
    return _own(race_id)


@blp.route(f"{_ONE}/team", methods=["POST"])
@access.shopper
@limited("race_code", by=principal)
@blp.arguments(RaceTeamInSchema)
@blp.response(201, RaceTeamSchema)
@blp.fails(*_INTO_TEAM, "race_team_name_taken", "race_team_name_refused")
@blp.fails("wechat_visit_too_old", "wechat_unavailable")
def make_team(body: dict[str, Any], race_id: int) -> Row:
    """Make a team; its name passes WeChat's content check. The same again changes nothing."""
    create_team(current_shopper(), race_id, body["name"], matchable=body["matchable"])
    return _own(race_id)


@blp.route(f"{_ONE}/team", methods=["DELETE"])
@access.shopper
@blp.response(204)
@blp.fails(*_JOINING, "race_not_in_team")
def leave(race_id: int) -> None:
    """Leave my team while teams may be joined."""
    leave_team(current_shopper().user_id, race_id)


@blp.route(f"{_ONE}/team/joining", methods=["POST"])
@access.shopper
@limited("race_code", by=principal)
@idempotent
@blp.arguments(RaceJoinSchema)
@blp.response(200, RaceTeamSchema)
@blp.fails(*_INTO_TEAM, "race_code_invalid", "race_team_full")
def join(body: dict[str, str], race_id: int) -> Row:
    """Come into a team by its code; again changes nothing."""
    join_team(current_shopper().user_id, race_id, body["code"])
    return _own(race_id)


@blp.route(f"{_ONE}/team/matching", methods=["POST"])
@access.shopper
@idempotent
@blp.response(200, RaceTeamSchema)
@blp.fails(*_INTO_TEAM, "race_no_open_team")
def match(race_id: int) -> Row:
    """Come into some team that has a seat for strangers, the fullest first."""
    match_team(current_shopper().user_id, race_id)
    return _own(race_id)


@blp.route(f"{_ONE}/invitations/<code>", methods=["GET"])
@access.shopper
@limited("race_code", by=principal)
@blp.response(200, RaceInvitationSchema)
@blp.fails("race_not_found", "race_code_invalid")
def read_invitation(race_id: int, code: str) -> Row:
    """The team that a code invites to, before I join it."""
    return queries.invitation(db.session(), race_id, code)


def _own(race_id: int) -> Row:
    return queries.own_team(db.session(), race_id, current_shopper().user_id)
