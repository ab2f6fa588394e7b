"""Reads of seasons and pets: what is public, what is a shopper's own, what friends see."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.games.pets.errors import PetNotFound
from mall.games.pets.growing import FEED, FRIEND, State
from mall.games.pets.ledger import done_on, state_of_pet
from mall.games.pets.models import Pet, PetEntry, PetFeed, PetStage
from mall.games.pets.page import shared_pet
from mall.games.pets.rules import NUMBERS, Rules
from mall.games.pets.seasons import Season, season_of, seasons_not_over
from mall.games.pets.states import state_of
from mall.kernel.db import db_now
from mall.kernel.masking import mask_text
from mall.rewards.models import RewardGrant
from mall.users.models import User

Row = dict[str, Any]
NAMELESS = "微信用户"


def listed(session: Session) -> list[Row]:
    """Seasons that are published and not over, the first first."""
    return [_public(session, season) for season in seasons_not_over(session)]


def public_view(session: Session, season_id: int) -> Row:
    """All that is public of a season. Raises PetSeasonNotFound."""
    return _public(session, season_of(session, season_id))


def _public(session: Session, season: Season) -> Row:
    return {
        **public_rules(season.rules, season.pictures),
        "id": season.id,
        "version": season.version,
        "state": state_of(season, db_now(session)),
        "adopted": season.adopted,
        "ended_at": season.ended_at,
        "end_reason": season.end_reason,
    }


def public_rules(rules: Rules, pictures: Any) -> Row:
    """The rules as shoppers read them."""
    names = ("kind", "name", "text", "starts_at", "ends_at", "floor", *NUMBERS)
    return {
        **{name: getattr(rules, name) for name in names},
        "stages": [
            {
                "name": stage.name,
                "threshold": stage.threshold,
                "worth_fen": stage.worth_fen,
                "picture": picture,
                "reward": [asdict(part) for part in stage.reward],
            }
            for stage, picture in zip(rules.stages, pictures, strict=True)
        ],
    }


def own_pet(session: Session, season_id: int, user_id: int) -> Row:
    """A shopper's pet as it stands now, with the feed that is left.

    Raises PetSeasonNotFound, PetNotFound.
    """
    season = season_of(session, season_id)
    pet = session.execute(
        select(*Pet.__table__.c).where(Pet.season_id == season_id, Pet.user_id == user_id)
    ).one_or_none()
    if pet is None:
        raise PetNotFound
    found = state_of_pet(session, season, pet)
    day = season.day(session)
    left = select(PetFeed.left_portions).where(
        PetFeed.season_id == season_id, PetFeed.user_id == user_id
    )
    return {
        **_shown(season, pet, found),
        "feed_left": session.scalar(left) or 0,
        "fed_today": done_on(session, pet.id, FEED, day),
        "watered_by_friends_today": done_on(session, pet.id, FRIEND, day),
        "careless_days": found.careless_days,
        "decays_tomorrow": found.decays_tomorrow,
        "rewards": _rewards(session, pet.id),
    }


def friends_pet(session: Session, token: str, user_id: int) -> Row:
    """A friend's pet, by the token of the page that the friend shared.

    Raises ShareNotFound, PetNotOpened.
    """
    pet = shared_pet(session, token)
    season = season_of(session, pet.season_id)
    found = state_of_pet(session, season, pet)
    day = season.day(session)
    nickname = session.scalar(select(User.nickname).where(User.id == pet.user_id))
    mine = select(PetEntry.id).where(
        PetEntry.kind == FRIEND, PetEntry.source == f"{pet.id}:{user_id}:{day}"
    )
    return {
        **_shown(season, pet, found),
        "owner": mask_text(nickname or NAMELESS),
        "watered_by_me_today": session.scalar(mine) is not None,
        "watered_by_friends_today": done_on(session, pet.id, FRIEND, day),
    }


def _shown(season: Season, pet: Any, found: State) -> Row:
    stages = season.rules.stages
    following = stages[found.stage + 1].threshold if found.stage + 1 < len(stages) else None
    return {
        "id": pet.id,
        "season_id": season.id,
        "name": pet.name,
        "adopted_on": pet.adopted_on,
        "growth": found.growth,
        "stage": found.stage,
        "reached": found.reached,
        "stage_name": stages[found.stage].name,
        "picture": season.pictures[found.stage],
        "next_threshold": following,
        "cared_today": found.cared_today,
    }


def _rewards(session: Session, pet_id: int) -> list[Row]:
    rows = session.execute(
        select(PetStage.stage, PetStage.refusal, RewardGrant.status)
        .outerjoin(RewardGrant, RewardGrant.id == PetStage.grant_id)
        .where(PetStage.pet_id == pet_id)
        .order_by(PetStage.stage)
    )
    return [dict(row) for row in rows.mappings()]


def entries(
    session: Session, season_id: int, user_id: int, *, before: int | None, limit: int
) -> list[Row]:
    """What was done for a shopper's pet, newest first; one more than `limit`. Friends have masked
    names. Raises PetNotFound."""
    pet_id = session.scalar(
        select(Pet.id).where(Pet.season_id == season_id, Pet.user_id == user_id)
    )
    if pet_id is None:
        raise PetNotFound
    query = (
        select(*PetEntry.__table__.c, User.nickname)
        .join(User, User.id == PetEntry.user_id)
        .where(PetEntry.pet_id == pet_id)
    )
    if before is not None:
        query = query.where(PetEntry.id < before)
    rows = session.execute(query.order_by(PetEntry.id.desc()).limit(limit + 1)).mappings()
    return [
        {
            **row,
            "friend": mask_text(row["nickname"] or NAMELESS) if row["kind"] == FRIEND else None,
        }
        for row in rows
    ]
