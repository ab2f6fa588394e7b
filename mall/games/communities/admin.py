"""Communities and their missions for staff: composing, publishing, running, and how they do."""

from __future__ import annotations

from typing import Any

from mall.games.communities import composing, joining, previewing, queries
from mall.games.communities.admin_schemas import (
    CommunityCostSchema,
    CommunityInSchema,
    CommunityMissionDraftInSchema,
    CommunityMissionEndSchema,
    CommunityMissionFiguresSchema,
    CommunityMissionInSchema,
    CommunityMissionPreviewQuery,
    CommunityPageSchema,
    CommunitySchema,
    PauseSchema,
    PublicationSchema,
    StaffCommunityMissionPageSchema,
    StaffCommunityMissionSchema,
)
from mall.games.communities.models import Community
from mall.games.communities.queries import Row
from mall.kernel.db import db, transaction
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, PageQuery, id_in, page

blp = Blueprint("communities_admin", __name__, url_prefix="/admin/api/v1", description="社群管理")
_ONE = "/community-missions/<id:community_mission_id>"
_WRONG = ("community_times_invalid", "community_rule_unknown", "community_rule_bounded")
_DRAFT = (
    *("community_mission_not_found", "community_mission_published"),
    "community_mission_changed",
)
_RUNNING = (
    *("community_mission_not_found", "community_mission_not_published"),
    "community_mission_over",
)


@blp.route("/communities", methods=["GET"])
@access.staff("games:write")
@blp.arguments(PageQuery, location="query")
@blp.response(200, CommunityPageSchema)
def list_communities(query: dict[str, Any]) -> Page[Community]:
    """Communities, newest first, with their codes."""
    before, limit = id_in(query.get("cursor")), query["limit"]
    found = queries.communities(db.session(), before=before, limit=limit)
    return page(found, limit, lambda row: [row.id])


@blp.route("/communities", methods=["POST"])
@access.staff("games:write")
@idempotent
@blp.arguments(CommunityInSchema)
@blp.response(201, CommunitySchema)
@blp.fails("community_not_found")
def make_community(body: dict[str, str]) -> Community:
    """A new community with a code to join it."""
    return _community(joining.make_community(body["name"]))


@blp.route("/communities/<id:community_id>/closing", methods=["POST"])
@access.staff("games:write")
@idempotent
@blp.response(200, CommunitySchema)
@blp.fails("community_not_found")
def close_community(community_id: int) -> Community:
    """Let nobody join any more; members and missions go on."""
    joining.close_community(community_id)
    return _community(community_id)


@blp.route("/communities/<id:community_id>/missions", methods=["GET"])
@access.staff("games:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, StaffCommunityMissionPageSchema)
@blp.fails("community_not_found")
def list_missions(query: dict[str, Any], community_id: int) -> Page[Row]:
    """Missions of a community, newest first."""
    before, limit = id_in(query.get("cursor")), query["limit"]
    found = queries.missions(db.session(), community_id, before=before, limit=limit)
    return page(found, limit, lambda row: [row["id"]])


@blp.route("/communities/<id:community_id>/missions", methods=["POST"])
@access.staff("games:write")
@idempotent
@blp.arguments(CommunityMissionInSchema)
@blp.response(201, StaffCommunityMissionSchema)
@blp.fails("community_not_found", *_WRONG, "community_mission_not_found")
def create_mission(body: dict[str, Any], community_id: int) -> Row:
    """A new draft."""
    return _mission(composing.create_mission(community_id, body))


@blp.route(_ONE, methods=["GET"])
@access.staff("games:read")
@blp.response(200, StaffCommunityMissionSchema)
@blp.fails("community_mission_not_found")
def read_mission(community_mission_id: int) -> Row:
    """A mission with its terms and its total."""
    return _mission(community_mission_id)


@blp.route(_ONE, methods=["PUT"])
@access.staff("games:write")
@idempotent
@blp.arguments(CommunityMissionDraftInSchema)
@blp.response(200, StaffCommunityMissionSchema)
@blp.fails(*_DRAFT, *_WRONG)
def change_draft(body: dict[str, Any], community_mission_id: int) -> Row:
    """Other terms for a draft."""
    composing.change_draft(community_mission_id, body.pop("replaces"), body)
    return _mission(community_mission_id)


@blp.route(f"{_ONE}/publication", methods=["POST"])
@access.staff("games:publish")
@idempotent
@blp.arguments(PublicationSchema)
@blp.response(200, StaffCommunityMissionSchema)
@blp.fails(*_DRAFT, *_WRONG, "campaign_refused", "campaign_warned")
def publish(body: dict[str, Any], community_mission_id: int) -> Row:
    """Publish a draft before its start; its terms never change from then on."""
    accept = body["accept_warnings"]
    composing.publish(community_mission_id, body["replaces"], accept_warnings=accept)
    return _mission(community_mission_id)


@blp.route(f"{_ONE}/pause", methods=["PUT"])
@access.staff("games:publish")
@blp.arguments(PauseSchema)
@blp.response(200, StaffCommunityMissionSchema)
@blp.fails(*_RUNNING)
def pause(body: dict[str, bool], community_mission_id: int) -> Row:
    """Let a mission not be reached for a while, or let it go on; what members do is counted."""
    composing.pause(community_mission_id, body["paused"])
    return _mission(community_mission_id)


@blp.route(f"{_ONE}/end", methods=["POST"])
@access.staff("games:publish")
@idempotent
@blp.arguments(CommunityMissionEndSchema)
@blp.response(200, StaffCommunityMissionSchema)
@blp.fails(*_RUNNING)
def end(body: dict[str, str], community_mission_id: int) -> Row:
    """End a mission that isn't reached, for a reason that is public."""
    composing.end(community_mission_id, body["reason"])
    return _mission(community_mission_id)


@blp.route(f"{_ONE}/preview", methods=["GET"])
@access.staff("games:read")
@blp.arguments(CommunityMissionPreviewQuery, location="query")
@blp.response(200, CommunityCostSchema)
@blp.fails("community_mission_not_found", "reward_unknown")
def preview(query: dict[str, Any], community_mission_id: int) -> Row:
    """What the mission costs when it is reached: expected by who takes part, and worst."""
    return previewing.mission_preview(db.session(), community_mission_id, query["shoppers"])


@blp.route(f"{_ONE}/figures", methods=["GET"])
@access.staff("games:read")
@blp.response(200, CommunityMissionFiguresSchema)
@blp.fails("community_mission_not_found")
def read_figures(community_mission_id: int) -> Row:
    """Who takes part, how far it is, and how rewards are given."""
    return queries.figures(db.session(), community_mission_id)


def _community(community_id: int) -> Community:
    with transaction() as session:
        return queries.one_community(session, community_id)


def _mission(mission_id: int) -> Row:
    with transaction() as session:
        return queries.one_mission(session, mission_id)
