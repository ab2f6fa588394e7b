"""Feed as a reward: {"kind": "feed", "what": "<season id>", "count": 2}, given by missions.

A reward may give points beside feed, in any order, so giving and taking back lock the account of
points first (as `mall.lottery.chances.ledger`).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.orm import Session

from mall.games.pets.errors import PetSeasonOver
from mall.games.pets.growing import REVERSAL, Entry
from mall.games.pets.ledger import lock_feed, lock_pet, move_feed, recompute, write_entry
from mall.games.pets.models import Pet, PetLot, PetSeason
from mall.games.pets.seasons import season_of
from mall.kernel.http.schemas import MAX_ID
from mall.points.ledger import accounts
from mall.rewards.errors import RewardUnknown
from mall.rewards.granters import Part, TakenBack

FEED_KIND = "feed"
"""The kind of the reward."""
MAX_COUNT = 100


class FeedGranter:
    """Gives portions of feed for one season, which the shopper feeds when they like."""

    kind = FEED_KIND

    def check(self, session: Session, part: Part) -> None:
        """For a season that isn't over, a draft too: its missions are made before its start."""
        season_id = _season_id(part)
        if season_id is None or part.count > MAX_COUNT or not _is_open(session, season_id):
            raise RewardUnknown(param="reward")

    def cost_fen(self, session: Session, part: Part) -> int | None:
        """Nothing: the rewards of stages are what a season costs."""
        return 0

    def give(self, session: Session, user_id: int, part: Part) -> str:
        """The receipt is the lot's id. Raises PetSeasonOver."""
        season_id = _season_id(part)
        if season_id is None or not _is_open(session, season_id):
            raise PetSeasonOver
        accounts.lock(session, user_id)
        lock_feed(session, user_id, season_id)
        lot_id = session.execute(
            insert(PetLot)
            .values(season_id=season_id, user_id=user_id, portions=part.count)
            .returning(PetLot.id)
        ).scalar_one()
        move_feed(session, user_id, season_id, part.count)
        return str(lot_id)

    def take_back(self, session: Session, user_id: int, receipt: str, units: int) -> TakenBack:
        """Portions that are left come back. Those that were fed are owed, and taken out of the
        pet's history: it never ate them."""
        whose = select(PetLot.season_id).where(PetLot.id == int(receipt), PetLot.user_id == user_id)
        season_id = session.scalars(whose).one()
        accounts.lock(session, user_id)
        lock_feed(session, user_id, season_id)
        pet = lock_pet(session, Pet.season_id == season_id, Pet.user_id == user_id)
        lot: Any = session.execute(select(*PetLot.__table__.c).where(_is(receipt))).one()
        taken = min(units, lot.portions - lot.used - lot.taken)
        fed = units - taken
        session.execute(
            update(PetLot)
            .where(_is(receipt))
            .values(taken=PetLot.taken + taken, reversed=PetLot.reversed + fed)
            .execution_options(synchronize_session=False)
        )
        if taken:
            move_feed(session, user_id, season_id, -taken)
        if fed:
            _take_out(session, pet, lot, fed)
        return TakenBack(taken, fed)


def _take_out(session: Session, pet: Any, lot: Any, portions: int) -> None:
    season = season_of(session, lot.season_id)
    entry = Entry(REVERSAL, season.day(session), portions, lot.id)
    source = f"{lot.id}:{lot.reversed}"
    if not write_entry(session, pet.id, pet.user_id, entry, source):
        raise RuntimeError(f"lot {lot.id} was taken out before, from portion {lot.reversed} on")
    recompute(session, season, pet)


def _is(receipt: str) -> Any:
    return PetLot.id == int(receipt)


def _season_id(part: Part) -> int | None:
    is_id = part.what.isascii() and part.what.isdigit() and len(part.what) < 20
    number = int(part.what) if is_id else 0
    return number if 1 <= number <= MAX_ID else None


def _is_open(session: Session, season_id: int) -> bool:
    open_season = select(PetSeason.id).where(
        PetSeason.id == season_id,
        PetSeason.ended_at.is_(None),
        or_(PetSeason.ends_at.is_(None), PetSeason.ends_at > func.clock_timestamp()),
    )
    return session.scalar(open_season) is not None
