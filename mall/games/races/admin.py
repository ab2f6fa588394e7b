"""Team races for staff: composing, publishing, running."""

from __future__ import annotations

from typing import Any

from mall.games.races import composing, running, staff_queries
from mall.games.races.admin_schemas import (
    RaceDraftInSchema,
    RaceEndSchema,
    RaceFiguresSchema,
    RaceInSchema,
    RacePauseSchema,
    RacePreviewQuery,
    RacePreviewSchema,
    RacePublicationSchema,
    StaffListedRacePageSchema,
    StaffRaceSchema,
)
from mall.games.races.previewing import Turnout
from mall.games.races.queries import Row
from mall.kernel.db import db, transaction
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, PageQuery, id_in, page

blp = Blueprint("race_admin", __name__, url_prefix="/admin/api/v1", description="团队赛管理")
_ONE = "/races/<id:race_id>"
_WRONG = (
    *("race_times_invalid", "race_rule_unknown", "race_rule_bounded", "race_mission_unknown"),
)
_RUNNING = ("race_not_found", "race_not_published", "race_over")


@blp.route("/races", methods=["GET"])
@access.staff("games:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, StaffListedRacePageSchema)
def list_races(query: dict[str, Any]) -> Page[Row]:
    """All races, newest first."""
    before, limit = id_in(query.get("cursor")), query["limit"]
    found = staff_queries.all_races(db.session(), before=before, limit=limit)
    return page(found, limit, lambda row: [row["id"]])


@blp.route("/races", methods=["POST"])
@access.staff("games:write")
@idempotent
@blp.arguments(RaceInSchema)
@blp.response(201, StaffRaceSchema)
@blp.fails(*_WRONG)
def create_race(body: dict[str, Any]) -> Row:
    """A new draft."""
    return _shown(composing.create_race(body))


@blp.route(_ONE, methods=["GET"])
@access.staff("games:read")
@blp.response(200, StaffRaceSchema)
@blp.fails("race_not_found")
def read_race(race_id: int) -> Row:
    """A race with its terms."""
    return _shown(race_id)


@blp.route(_ONE, methods=["PUT"])
@access.staff("games:write")
@idempotent
@blp.arguments(RaceDraftInSchema)
@blp.response(200, StaffRaceSchema)
@blp.fails("race_not_found", "race_published", "race_changed", *_WRONG)
def change_draft(body: dict[str, Any], race_id: int) -> Row:
    """Other terms for a draft."""
    composing.change_draft(race_id, body.pop("replaces"), body)
    return _shown(race_id)


@blp.route(f"{_ONE}/publication", methods=["POST"])
@access.staff("games:publish")
@idempotent
@blp.arguments(RacePublicationSchema)
@blp.response(200, StaffRaceSchema)
@blp.fails("race_not_found", "race_published", "race_changed", "race_limit", *_WRONG)
@blp.fails("campaign_refused", "campaign_warned")
def publish(body: dict[str, Any], race_id: int) -> Row:
    """Publish a draft before its start: its terms stay from now on, teams may be formed."""
    composing.publish(race_id, body["replaces"], accept_warnings=body["accept_warnings"])
    return _shown(race_id)


@blp.route(f"{_ONE}/pause", methods=["PUT"])
@access.staff("games:publish")
@blp.arguments(RacePauseSchema)
@blp.response(200, StaffRaceSchema)
@blp.fails(*_RUNNING)
def pause(body: dict[str, bool], race_id: int) -> Row:
    """Let nobody make or join a team for a while, or let it go on; points are counted on."""
    running.pause(race_id, body["paused"])
    return _shown(race_id)


@blp.route(f"{_ONE}/end", methods=["POST"])
@access.staff("games:publish")
@idempotent
@blp.arguments(RaceEndSchema)
@blp.response(200, StaffRaceSchema)
@blp.fails(*_RUNNING)
def end(body: dict[str, str], race_id: int) -> Row:
    """End a race now, for a reason that is public; the ranks are frozen after the wait."""
    running.end(race_id, body["reason"])
    return _shown(race_id)


@blp.route(f"{_ONE}/preview", methods=["GET"])
@access.staff("games:read")
@blp.arguments(RacePreviewQuery, location="query")
@blp.response(200, RacePreviewSchema)
@blp.fails("race_not_found", "reward_unknown")
def preview(query: dict[str, Any], race_id: int) -> Row:
    """What the prizes cost: expected by the teams that there will be, and worst."""
    return staff_queries.cost_preview(db.session(), race_id, Turnout(**query))


@blp.route(f"{_ONE}/figures", methods=["GET"])
@access.staff("games:read")
@blp.response(200, RaceFiguresSchema)
@blp.fails("race_not_found", "race_not_published", "reward_unknown")
def read_figures(race_id: int) -> Row:
    """Teams, members, points by kind, prizes."""
    return staff_queries.figures(db.session(), race_id)


def _shown(race_id: int) -> Row:
    with transaction() as session:
        return staff_queries.one_race(session, race_id)
