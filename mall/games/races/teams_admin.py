"""Team races for staff: the teams, what they scored, cheaters, prizes."""

from __future__ import annotations

from typing import Any

from mall.boards.awarding import award, awards
from mall.boards.excluding import exclude, readmit
from mall.boards.models import BoardAward
from mall.games.races import staff_queries
from mall.games.races.admin_schemas import (
    RaceAwardedSchema,
    RaceAwardPageSchema,
    RaceEntryPageSchema,
    RaceEntryQuery,
    RaceExclusionSchema,
    StaffRaceTeamPageSchema,
)
from mall.games.races.models import RaceEntry
from mall.games.races.queries import Row
from mall.kernel.db import db, release_connection, transaction
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.paging import Page, PageQuery, decode_cursor, id_in, page

blp = Blueprint("race_teams_admin", __name__, url_prefix="/admin/api/v1", description="团队赛管理")
_ONE = "/races/<id:race_id>"
_NONE = ("race_not_found", "race_not_published")


@blp.route(f"{_ONE}/teams", methods=["GET"])
@access.staff("games:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, StaffRaceTeamPageSchema)
@blp.fails(*_NONE)
def list_teams(query: dict[str, Any], race_id: int) -> Page[Row]:
    """The teams of a race, newest first, with their scores."""
    before, limit = id_in(query.get("cursor")), query["limit"]
    found = staff_queries.teams(db.session(), race_id, before=before, limit=limit)
    return page(found, limit, lambda row: [row["id"]])


@blp.route(f"{_ONE}/teams/<id:team_id>", methods=["PUT"])
@access.staff("games:publish")
@blp.arguments(RaceExclusionSchema)
@blp.response(204)
@blp.fails(*_NONE, "race_team_not_found", "board_member_not_found", "board_not_open")
def set_exclusion(body: dict[str, Any], race_id: int, team_id: int) -> None:
    """Take a team off the ranks for cheating, or put it back, until the ranks are frozen."""
    with transaction() as session:
        board_id = staff_queries.board_of(session, race_id)
        staff_queries.team_in(session, race_id, team_id)
        if body["excluded"]:
            exclude(board_id, team_id, body["reason"])
        else:
            readmit(board_id, team_id, body["reason"])


@blp.route(f"{_ONE}/entries", methods=["GET"])
@access.staff("games:read")
@blp.arguments(RaceEntryQuery, location="query")
@blp.response(200, RaceEntryPageSchema)
@blp.fails(*_NONE)
def list_entries(query: dict[str, Any], race_id: int) -> Page[RaceEntry]:
    """What was scored, newest first: of a team, or what changed after the freezing."""
    session = db.session()
    staff_queries.board_of(session, race_id)
    found = staff_queries.entries(
        session,
        race_id,
        team_id=query.get("team_id"),
        late=query["late"],
        before=id_in(query.get("cursor")),
        limit=query["limit"],
    )
    return page(found, query["limit"], lambda one: [one.id])


@blp.route(f"{_ONE}/prizes", methods=["GET"])
@access.staff("games:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, RaceAwardPageSchema)
@blp.fails(*_NONE)
def list_prizes(query: dict[str, Any], race_id: int) -> Page[BoardAward]:
    """How the prizes of a frozen race went, by rank and shopper."""
    session, limit = db.session(), query["limit"]
    after = decode_cursor(query.get("cursor"), (int, int)) or (0, 0)
    board_id = staff_queries.board_of(session, race_id)
    found = awards(session, board_id, after=(after[0], after[1]), limit=limit)
    return page(found, limit, lambda one: [one.rank, one.user_id])


@blp.route(f"{_ONE}/prizes", methods=["POST"])
@access.staff("games:publish")
@blp.response(200, RaceAwardedSchema)
@blp.fails(*_NONE)
def give_prizes(race_id: int) -> dict[str, int]:
    """Give the prizes that were refused, once more. Given ones stay as they are."""
    board_id = staff_queries.board_of(db.session(), race_id)
    release_connection()
    return {"given": award(board_id, again=True)}
