"""Seasons for staff: composing, publishing, running, and how they do."""

from __future__ import annotations

from typing import Any

from mall.games.pets import composing, running, settling, staff_queries
from mall.games.pets.admin_schemas import (
    PetFiguresSchema,
    PetPreviewQuery,
    PetPreviewSchema,
    PetSeasonDraftInSchema,
    PetSeasonEndSchema,
    PetSeasonInSchema,
    PetSeasonPauseSchema,
    PetSeasonPublicationSchema,
    PetSeasonVersionInSchema,
    RefusedStagePageSchema,
    StaffListedPetSeasonPageSchema,
    StaffPetSeasonSchema,
)
from mall.games.pets.previewing import Habits, Preview
from mall.games.pets.queries import Row
from mall.kernel.db import db, transaction
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, PageQuery, decode_cursor, id_in, page

blp = Blueprint("pets_admin", __name__, url_prefix="/admin/api/v1", description="养成活动管理")
_ONE = "/pet-seasons/<id:season_id>"
_WRONG = (
    *("pet_rules_invalid", "pet_times_invalid", "pet_rule_unknown", "pet_rule_bounded"),
    *("pet_reward_is_feed", "reward_unknown"),
)
_REVIEWED = ("campaign_refused", "campaign_warned")
_RUNNING = ("pet_season_not_found", "pet_season_not_published", "pet_season_over")


@blp.route("/pet-seasons", methods=["GET"])
@access.staff("games:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, StaffListedPetSeasonPageSchema)
def list_seasons(query: dict[str, Any]) -> Page[Row]:
    """All seasons, newest first."""
    before, limit = id_in(query.get("cursor")), query["limit"]
    found = staff_queries.seasons(db.session(), before=before, limit=limit)
    return page(found, limit, lambda row: [row["id"]])


@blp.route("/pet-seasons", methods=["POST"])
@access.staff("games:write")
@idempotent
@blp.arguments(PetSeasonInSchema)
@blp.response(201, StaffPetSeasonSchema)
@blp.fails(*_WRONG, "upload_gone")
def create_season(body: dict[str, Any]) -> Row:
    """A new draft."""
    return _shown(composing.create_season(body))


@blp.route(_ONE, methods=["GET"])
@access.staff("games:read")
@blp.response(200, StaffPetSeasonSchema)
@blp.fails("pet_season_not_found")
def read_season(season_id: int) -> Row:
    """A season with its terms."""
    return _shown(season_id)


@blp.route(_ONE, methods=["PUT"])
@access.staff("games:write")
@idempotent
@blp.arguments(PetSeasonDraftInSchema)
@blp.response(200, StaffPetSeasonSchema)
@blp.fails("pet_season_not_found", "pet_season_published", "pet_season_changed", *_WRONG)
@blp.fails("upload_gone")
def change_draft(body: dict[str, Any], season_id: int) -> Row:
    """Other terms for a draft."""
    composing.change_draft(season_id, body.pop("replaces"), body)
    return _shown(season_id)


@blp.route(f"{_ONE}/publication", methods=["POST"])
@access.staff("games:publish")
@idempotent
@blp.arguments(PetSeasonPublicationSchema)
@blp.response(200, StaffPetSeasonSchema)
@blp.fails("pet_season_not_found", "pet_season_published", "pet_season_changed", *_WRONG)
@blp.fails(*_REVIEWED)
def publish(body: dict[str, Any], season_id: int) -> Row:
    """Publish a draft before its start: its rules are public from now."""
    composing.publish(season_id, body["replaces"], accept_warnings=body["accept_warnings"])
    return _shown(season_id)


@blp.route(f"{_ONE}/versions", methods=["POST"])
@access.staff("games:publish")
@idempotent
@blp.arguments(PetSeasonVersionInSchema)
@blp.response(201, StaffPetSeasonSchema)
@blp.fails(*_RUNNING, "pet_season_changed", "pet_rules_not_in_favour", *_WRONG, *_REVIEWED)
@blp.fails("upload_gone")
def improve(body: dict[str, Any], season_id: int) -> Row:
    """Better rules for a published season, in its shoppers' favour."""
    replaces, accept = body.pop("replaces"), body.pop("accept_warnings")
    composing.change_published(season_id, replaces, body, accept_warnings=accept)
    return _shown(season_id)


@blp.route(f"{_ONE}/pause", methods=["PUT"])
@access.staff("games:publish")
@blp.arguments(PetSeasonPauseSchema)
@blp.response(200, StaffPetSeasonSchema)
@blp.fails(*_RUNNING)
def pause(body: dict[str, bool], season_id: int) -> Row:
    """Let nobody take part for a while, or let it go on; nothing decays meanwhile."""
    running.pause(season_id, body["paused"])
    return _shown(season_id)


@blp.route(f"{_ONE}/end", methods=["POST"])
@access.staff("games:publish")
@idempotent
@blp.arguments(PetSeasonEndSchema)
@blp.response(200, StaffPetSeasonSchema)
@blp.fails(*_RUNNING)
def end(body: dict[str, str], season_id: int) -> Row:
    """End a season now, for a reason that is public."""
    running.end(season_id, body["reason"])
    return _shown(season_id)


@blp.route(f"{_ONE}/preview", methods=["GET"])
@access.staff("games:read")
@blp.arguments(PetPreviewQuery, location="query")
@blp.response(200, PetPreviewSchema)
@blp.fails("pet_season_not_found", *_WRONG)
def preview(query: dict[str, int], season_id: int) -> Preview:
    """What so many shoppers may cost: expected and worst."""
    shoppers = query.pop("shoppers")
    return staff_queries.cost_preview(db.session(), season_id, shoppers, Habits(**query))


@blp.route(f"{_ONE}/figures", methods=["GET"])
@access.staff("games:read")
@blp.response(200, PetFiguresSchema)
@blp.fails("pet_season_not_found")
def read_figures(season_id: int) -> Row:
    """Pets by stage, what was done for them, what the rewards cost."""
    return staff_queries.figures(db.session(), season_id)


@blp.route(f"{_ONE}/refused-rewards", methods=["GET"])
@access.staff("games:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, RefusedStagePageSchema)
@blp.fails("pet_season_not_found")
def list_refused(query: dict[str, Any], season_id: int) -> Page[Row]:
    """Rewards of stages that could not be given so far."""
    before, limit = decode_cursor(query.get("cursor"), (int, int)), query["limit"]
    found = staff_queries.refused_stages(db.session(), season_id, before=before, limit=limit)
    return page(found, limit, lambda row: [row["pet_id"], row["stage"]])


@blp.route("/pets/<id:pet_id>/stages/<id:stage>/reward", methods=["POST"])
@access.staff("games:publish")
@idempotent
@blp.response(204)
@blp.fails("pet_stage_not_found", "pet_reward_not_refused")
def give_reward(pet_id: int, stage: int) -> None:
    """Try to give the reward of a stage again that could not be given."""
    settling.give_refused(pet_id, stage)


def _shown(season_id: int) -> Row:
    with transaction() as session:
        return staff_queries.one_season(session, season_id)
