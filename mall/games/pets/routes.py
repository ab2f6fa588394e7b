"""Pets over HTTP: seasons for everybody, the shopper's own pet, and those of friends."""

from __future__ import annotations

from typing import Any

from mall.games.pets import caring, queries
from mall.games.pets.naming import name_pet
from mall.games.pets.queries import Row
from mall.games.pets.schemas import (
    FeedingSchema,
    FriendsPetSchema,
    PetEntryPageSchema,
    PetNameSchema,
    PetSchema,
    PetSeasonListSchema,
    PetSeasonSchema,
)
from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, PageQuery, id_in, page

blp = Blueprint("pets", __name__, url_prefix="/api/v1", description="养成：宠物与树")
_SEASON = "/pet-seasons/<id:season_id>"
_PET = f"{_SEASON}/pet"
_SHARED = "/shared-pets/<token>"
_RUNNING = ("pet_season_not_started", "pet_season_paused", "pet_season_over", "account_closed")


@blp.route("/pet-seasons", methods=["GET"])
@access.public
@blp.response(200, PetSeasonListSchema)
def list_seasons() -> dict[str, Any]:
    """Seasons that are published and not over, with their rules."""
    return {"items": queries.listed(db.session())}


@blp.route(_SEASON, methods=["GET"])
@access.public
@blp.response(200, PetSeasonSchema)
@blp.fails("pet_season_not_found")
def read_season(season_id: int) -> Row:
    """The rules of a season, its stages and their rewards."""
    return queries.public_view(db.session(), season_id)


@blp.route(_PET, methods=["PUT"])
@access.shopper
@blp.arguments(PetNameSchema)
@blp.response(200, PetSchema)
@blp.fails("pet_season_not_found", "pet_season_full", "pet_name_refused", *_RUNNING)
@blp.fails("wechat_visit_too_old", "wechat_unavailable")
def put_pet(body: dict[str, str], season_id: int) -> Row:
    """Adopt a pet, or give mine another name; WeChat checks the name first."""
    name_pet(current_shopper(), season_id, body["name"])
    return _mine(season_id)


@blp.route(_PET, methods=["GET"])
@access.shopper
@blp.response(200, PetSchema)
@blp.fails("pet_season_not_found", "pet_not_found")
def read_pet(season_id: int) -> Row:
    """My pet as it stands, my feed, and what decays tomorrow if nobody cares today."""
    return _mine(season_id)


@blp.route(f"{_PET}/entries", methods=["GET"])
@access.shopper
@blp.arguments(PageQuery, location="query")
@blp.response(200, PetEntryPageSchema)
@blp.fails("pet_not_found")
def list_entries(query: dict[str, Any], season_id: int) -> Page[Row]:
    """What was done for my pet, newest first."""
    before, limit = id_in(query.get("cursor")), query["limit"]
    user_id = current_shopper().user_id
    found = queries.entries(db.session(), season_id, user_id, before=before, limit=limit)
    return page(found, limit, lambda row: [row["id"]])


@blp.route(f"{_PET}/feedings", methods=["POST"])
@access.shopper
@idempotent
@blp.arguments(FeedingSchema)
@blp.response(201, PetSchema)
@blp.fails("pet_season_not_found", "pet_not_found", "pet_no_feed", "pet_fed_enough", *_RUNNING)
def feed(body: dict[str, int], season_id: int) -> Row:
    """Feed my pet so many portions. The reward of a stage that is reached follows at once."""
    caring.feed(current_shopper().user_id, season_id, body["portions"])
    return _mine(season_id)


@blp.route(f"{_PET}/waterings", methods=["POST"])
@access.shopper
@idempotent
@blp.response(201, PetSchema)
@blp.fails("pet_season_not_found", "pet_not_found", "pet_watered_today", *_RUNNING)
def water(season_id: int) -> Row:
    """Care for my pet: once a day."""
    caring.water(current_shopper().user_id, season_id)
    return _mine(season_id)


@blp.route(_SHARED, methods=["GET"])
@access.shopper
@blp.response(200, FriendsPetSchema)
@blp.fails("share_not_found", "pet_not_opened")
def read_shared(token: str) -> Row:
    """A friend's pet, by the token of the page that the friend shared."""
    return queries.friends_pet(db.session(), token, current_shopper().user_id)


@blp.route(f"{_SHARED}/waterings", methods=["POST"])
@access.shopper
@idempotent
@blp.response(201, FriendsPetSchema)
@blp.fails("share_not_found", "pet_not_opened", "pet_own", "pet_no_help", "pet_watered_today")
@blp.fails("pet_watered_enough", *_RUNNING)
def water_shared(token: str) -> Row:
    """Water a friend's pet whose shared page I opened: once a day. I get nothing for it."""
    user_id = current_shopper().user_id
    caring.water_friend(user_id, token)
    return queries.friends_pet(db.session(), token, user_id)


def _mine(season_id: int) -> Row:
    return queries.own_pet(db.session(), season_id, current_shopper().user_id)
