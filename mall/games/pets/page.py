"""The page of a pet, as its owner shares it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.games.pets.errors import PetNotOpened, PetSeasonNotFound
from mall.games.pets.models import Pet
from mall.games.pets.seasons import season_of
from mall.games.pets.states import RUNNING, state_of
from mall.kernel.db import db_now
from mall.sharing.pages.kinds import Card, Page, PageKind
from mall.sharing.shares.errors import ShareNotFound
from mall.sharing.shares.opening import find

NAME = "pet"
PET_PAGE = "pages/pet/index"


def shared_pet(session: Session, token: str) -> Any:
    """The pet that its owner shared by this token: id, season_id, user_id, name, adopted_on,
    created_at. Raises ShareNotFound, and PetNotOpened for a share that has expired or leads to
    another page, or was made by somebody else."""
    share = find(session, token)
    if share is None:
        raise ShareNotFound
    if share.expired or share.page_kind != NAME:
        raise PetNotOpened
    pet = session.execute(
        select(*_COLUMNS).where(Pet.id == share.page_id, Pet.user_id == share.user_id)
    ).one_or_none()
    if pet is None:
        raise PetNotOpened
    return pet


_COLUMNS = (Pet.id, Pet.season_id, Pet.user_id, Pet.name, Pet.adopted_on, Pet.created_at)


def _running(session: Session, pet_id: int) -> tuple[Any, str] | None:
    """The pet and the picture of its stage, while its season runs."""
    pet = session.execute(select(*Pet.__table__.c).where(Pet.id == pet_id)).one_or_none()
    if pet is None:
        return None
    try:
        season = season_of(session, pet.season_id)
    except PetSeasonNotFound:
        return None
    if state_of(season, db_now(session)) != RUNNING:
        return None
    return pet, season.pictures[pet.stage]


def _page(session: Session, pet_id: int) -> Page | None:
    return None if _running(session, pet_id) is None else Page(NAME, pet_id)


def _card(session: Session, pet_id: int) -> Card | None:
    found = _running(session, pet_id)
    return None if found is None else Card(found[0].name, found[1])


def _path(_session: Session, pet_id: int) -> str:
    return f"{PET_PAGE}?id={pet_id}"


PET_KIND = PageKind(NAME, "养成宠物页", _page, _card, _path)
