"""Missions for staff: composing them, and how shoppers do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, PageQuery, id_in, page
from mall.missions.board import codes, defining, queries
from mall.missions.board.admin_schemas import (
    FACTS,
    MissionChangeSchema,
    MissionCodeInSchema,
    MissionCodePageSchema,
    MissionCodeSchema,
    MissionEnabledSchema,
    MissionFiguresSchema,
    MissionInSchema,
    MissionPageSchema,
    MissionProgressPageSchema,
    MissionProgressQuery,
    MissionProgressWithFactsSchema,
    MissionSchema,
    MissionVocabularySchema,
)
from mall.missions.board.models import MissionCode
from mall.missions.board.queries import Row

blp = Blueprint("mission_admin", __name__, url_prefix="/admin/api/v1", description="任务管理")
_MISSION = "/missions/<id:mission_id>"
_WRONG = (
    *("campaign_refused", "campaign_warned", "goods_unknown", "mission_chain_invalid"),
    *("mission_figure_unknown", "mission_out_of_reach", "mission_rule_unknown"),
    *("mission_times_invalid", "mission_trigger_unknown"),
)


@blp.route("/mission-triggers", methods=["GET"])
@access.staff("mission:read")
@blp.response(200, MissionVocabularySchema)
def list_triggers() -> dict[str, Any]:
    """What missions can be composed of: triggers with their measures and filters, and figures."""
    return queries.vocabulary()


@blp.route("/missions", methods=["GET"])
@access.staff("mission:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, MissionPageSchema)
def list_missions(query: dict[str, Any]) -> Page[Row]:
    """Missions by their newest versions, newest first."""
    with transaction() as session:
        found = queries.missions(session, before=id_in(query.get("cursor")), limit=query["limit"])
    return page(found, query["limit"], lambda row: [row["id"]])


@blp.route("/missions", methods=["POST"])
@access.staff("mission:write")
@idempotent
@blp.arguments(MissionInSchema)
@blp.response(201, MissionSchema)
@blp.fails("mission_limit", *_WRONG)
def create_mission(body: dict[str, Any]) -> Row:
    """A new mission."""
    return _shown(defining.create_mission(body))


@blp.route(_MISSION, methods=["GET"])
@access.staff("mission:read")
@blp.response(200, MissionSchema)
@blp.fails("mission_not_found")
def read_mission(mission_id: int) -> Row:
    """A mission by its newest version."""
    return _shown(mission_id)


@blp.route(_MISSION, methods=["PUT"])
@access.staff("mission:write")
@idempotent
@blp.arguments(MissionChangeSchema)
@blp.response(200, MissionSchema)
@blp.fails("mission_not_found", "mission_changed", "mission_fixed", *_WRONG)
def change_mission(body: dict[str, Any], mission_id: int) -> Row:
    """A further version, for periods that begin from now on."""
    defining.change_mission(mission_id, body)
    return _shown(mission_id)


@blp.route(f"{_MISSION}/enabled", methods=["PUT"])
@access.staff("mission:write")
@blp.arguments(MissionEnabledSchema)
@blp.response(200, MissionSchema)
@blp.fails("mission_not_found", "mission_limit")
def enable_mission(body: dict[str, bool], mission_id: int) -> Row:
    """Pause a mission, or let it go on."""
    defining.enable_mission(mission_id, body["enabled"])
    return _shown(mission_id)


@blp.route(f"{_MISSION}/versions", methods=["GET"])
@access.staff("mission:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, MissionPageSchema)
@blp.fails("mission_not_found")
def list_versions(query: dict[str, Any], mission_id: int) -> Page[Row]:
    """The versions of a mission, newest first."""
    before, limit = id_in(query.get("cursor")), query["limit"]
    with transaction() as session:
        found = queries.versions(session, mission_id, before=before, limit=limit)
    return page(found, limit, lambda row: [row["version"]])


@blp.route(f"{_MISSION}/figures", methods=["GET"])
@access.staff("mission:read")
@blp.response(200, MissionFiguresSchema)
@blp.fails("mission_not_found")
def read_figures(mission_id: int) -> Mapping[str, int]:
    """How a mission does: begun, completed, rewarded, refused, unlocked."""
    with transaction() as session:
        return queries.figures(session, mission_id)


@blp.route("/mission-progress", methods=["GET"])
@access.staff("mission:read")
@blp.arguments(MissionProgressQuery, location="query")
@blp.response(200, MissionProgressPageSchema)
def list_progress(query: dict[str, Any]) -> Page[Any]:
    """Progress of a shopper, or of a mission; completed or not; newest first."""
    wanted = {name: query.get(name) for name in ("user_id", "mission_id", "completed")}
    with transaction() as session:
        found = queries.progress(
            session, **wanted, before=id_in(query.get("cursor")), limit=query["limit"]
        )
    return page(found, query["limit"], lambda row: [row.id])


@blp.route("/mission-progress/<id:progress_id>", methods=["GET"])
@access.staff("mission:read")
@blp.response(200, MissionProgressWithFactsSchema)
@blp.fails("mission_progress_not_found")
def read_progress(progress_id: int) -> dict[str, Any]:
    """One progress, with the facts that it counts."""
    with transaction() as session:
        return queries.one_progress(session, progress_id, FACTS)


@blp.route(f"{_MISSION}/codes", methods=["GET"])
@access.staff("mission:write")
@blp.arguments(PageQuery, location="query")
@blp.response(200, MissionCodePageSchema)
@blp.fails("mission_not_found")
def list_codes(query: dict[str, Any], mission_id: int) -> Page[MissionCode]:
    """The codes of a hidden mission, newest first. Who sees a code can use it."""
    before, limit = id_in(query.get("cursor")), query["limit"]
    with transaction() as session:
        found = queries.codes(session, mission_id, before=before, limit=limit)
    return page(found, limit, lambda row: [row.id])


@blp.route(f"{_MISSION}/codes", methods=["POST"])
@access.staff("mission:write")
@idempotent
@blp.arguments(MissionCodeInSchema)
@blp.response(201, MissionCodeSchema)
@blp.fails("mission_not_found", "mission_not_hidden", "mission_times_invalid")
def create_code(body: dict[str, Any], mission_id: int) -> MissionCode:
    """A code for a hidden mission, for so many shoppers and until then."""
    return codes.make_code(mission_id, **body)


@blp.route("/mission-codes/<id:code_id>/revocation", methods=["POST"])
@access.staff("mission:write")
@blp.response(200, MissionCodeSchema)
@blp.fails("mission_code_not_found")
def revoke_code(code_id: int) -> MissionCode:
    """Let nobody use a code any more."""
    return codes.revoke_code(code_id)


def _shown(mission_id: int) -> Row:
    with transaction() as session:
        return queries.mission(session, mission_id)
