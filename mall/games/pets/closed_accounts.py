"""Pets of a shopper who closes the account: the name goes. The ledger stays by the shopper's id,
and nobody feeds or waters with it any more."""

from __future__ import annotations

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from mall.games.pets.models import Pet, PetFeed, PetSeason
from mall.users.closing import ClosingLoss
from mall.users.erasing import Eraser


def _erase(session: Session, user_id: int) -> None:
    session.execute(update(Pet).where(Pet.user_id == user_id).values(name=""))


def _lost(session: Session, user_id: int) -> str | None:
    runs = (PetSeason.ended_at.is_(None), PetSeason.ends_at > func.clock_timestamp())
    left = session.scalar(
        select(func.sum(PetFeed.left_portions))
        .join(PetSeason, PetSeason.id == PetFeed.season_id)
        .where(PetFeed.user_id == user_id, *runs)
    )
    return f"{left} 份饲料将作废" if left else None


PETS = Eraser(
    "pets", _erase, "EXISTS (SELECT 1 FROM pets p WHERE p.user_id = u.id AND p.name <> '')"
)
FEED_LOST = ClosingLoss("pet feed", _lost)
