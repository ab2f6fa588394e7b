"""The message about a pet that will lose growth at midnight unless somebody cares: once a lapse."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.games.pets.growing import State
from mall.games.pets.ledger import state_of_pet
from mall.games.pets.models import Pet
from mall.games.pets.rules import last_day
from mall.games.pets.seasons import Season, season_of
from mall.games.pets.settings import CARE_TEMPLATE
from mall.games.pets.states import RUNNING, state_of
from mall.kernel.clock import shop_day
from mall.kernel.db import db_now
from mall.messages.kinds import Content, Kind, Purpose

NOTE = "今天还没有人照料它"


def ref_of(season_id: int, cared_on: date) -> str:
    """What a message is about: the days without care after this one."""
    return f"{season_id}:{cared_on.isoformat()}"


def may_remind(session: Session, season: Season) -> bool:
    """Whether growth may be lost tonight that counts tomorrow."""
    now = db_now(session)
    runs = state_of(season, now) == RUNNING
    return runs and shop_day(now) < last_day(season.ends_at, season.ended_at)


def is_neglected(found: State) -> bool:
    """Whether it loses growth at midnight if nobody cares today."""
    return not found.cared_today and found.decays_tomorrow > 0


def _write(session: Session, ref: str, user_id: int) -> Content | None:
    """Nothing once somebody has cared, or the season doesn't run any more."""
    season_id, _, cared_on = ref.partition(":")
    season = season_of(session, int(season_id))
    pet = session.execute(
        select(*Pet.__table__.c).where(Pet.season_id == season.id, Pet.user_id == user_id)
    ).one_or_none()
    if pet is None or not may_remind(session, season):
        return None
    found = state_of_pet(session, season, pet)
    if not is_neglected(found) or found.cared_on.isoformat() != cared_on:
        return None
    values = {"pet": pet.name, "growth": str(found.decays_tomorrow), "note": NOTE}
    body = f"「{pet.name}」{NOTE}，今晚 24:00 将失去 {found.decays_tomorrow} 点成长值。"
    return Content(values, "宠物需要照料", body, {"season_id": season.id})


PET_CARE = Kind("pet_care", Purpose.MARKETING, CARE_TEMPLATE, _write, priority=30)
