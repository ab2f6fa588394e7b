"""Feeding and watering a pet: the owner, and friends who opened the page that the owner shared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from mall.games.pets.errors import (
    PetFedEnough,
    PetNoFeed,
    PetNoHelp,
    PetNotFound,
    PetNotOpened,
    PetOwn,
    PetWateredEnough,
    PetWateredToday,
)
from mall.games.pets.growing import FEED, FRIEND, WATER, Entry, State
from mall.games.pets.ledger import (
    done_on,
    lock_feed,
    lock_pet,
    move_feed,
    recompute,
    write_entry,
)
from mall.games.pets.models import Pet, PetEntry, PetLot
from mall.games.pets.page import shared_pet
from mall.games.pets.seasons import Season, season_of
from mall.games.pets.states import must_run
from mall.kernel.db import db_now, transaction
from mall.kernel.failpoints import around_commit
from mall.sharing.shares.queries import has_opened
from mall.users.queries import hold_open_account, is_same_person


def feed(user_id: int, season_id: int, portions: int) -> State:
    """Feed one's pet so many portions, the oldest first; all or nothing.

    Raises PetSeasonNotFound, PetSeasonNotStarted, PetSeasonPaused, PetSeasonOver, PetNotFound,
    PetNoFeed, PetFedEnough, AccountClosed.
    """
    with transaction() as session:
        around_commit(session, "pets.before_feed_commit", "pets.after_feed_commit")
        hold_open_account(session, user_id)
        season = _running(session, season_id)
        left = lock_feed(session, user_id, season_id)
        pet = _own(session, user_id, season_id)
        if left < portions:
            raise PetNoFeed(param="portions")
        day = season.day(session)
        cap = season.rules.daily_portions
        if cap is not None and done_on(session, pet.id, FEED, day) + portions > cap:
            raise PetFedEnough(param="portions")
        for lot, count in _lots(session, user_id, season_id, portions):
            session.execute(
                update(PetLot)
                .where(PetLot.id == lot.id)
                .values(used=PetLot.used + count)
                .execution_options(synchronize_session=False)
            )
            entry = Entry(FEED, day, count, lot.id)
            if not write_entry(session, pet.id, user_id, entry, f"{lot.id}:{lot.used}"):
                raise RuntimeError(f"portion {lot.used} of lot {lot.id} was fed before")
        move_feed(session, user_id, season_id, -portions)
        return recompute(session, season, pet)


def water(user_id: int, season_id: int) -> State:
    """Care for one's own pet: once a shop day.

    Raises PetSeasonNotFound, PetSeasonNotStarted, PetSeasonPaused, PetSeasonOver, PetNotFound,
    PetWateredToday, AccountClosed.
    """
    with transaction() as session:
        hold_open_account(session, user_id)
        season = _running(session, season_id)
        pet = _own(session, user_id, season_id)
        day = season.day(session)
        if not write_entry(session, pet.id, user_id, Entry(WATER, day), f"{pet.id}:{day}"):
            raise PetWateredToday
        return recompute(session, season, pet)


def water_friend(user_id: int, token: str) -> State:
    """Water the pet of a friend whose shared page the shopper opened: each friend once a shop day,
    all friends together as often as the rules allow. Who waters gets nothing for it.

    Raises ShareNotFound, PetNotOpened, PetOwn, PetNoHelp, PetWateredToday, PetWateredEnough,
    PetSeasonNotStarted, PetSeasonPaused, PetSeasonOver, AccountClosed.
    """
    with transaction() as session:
        around_commit(session, "pets.before_friend_commit", "pets.after_friend_commit")
        hold_open_account(session, user_id)
        shown = shared_pet(session, token)
        season = _running(session, shown.season_id)
        if is_same_person(session, user_id, shown.user_id):
            raise PetOwn
        if not season.rules.friend_waterings:
            raise PetNoHelp
        if not has_opened(session, shown.user_id, user_id, shown.created_at):
            raise PetNotOpened
        pet: Any = lock_pet(session, Pet.id == shown.id)
        day = season.day(session)
        entry, source = Entry(FRIEND, day), f"{pet.id}:{user_id}:{day}"
        if _is_written(session, FRIEND, source):
            raise PetWateredToday
        if done_on(session, pet.id, FRIEND, day) >= season.rules.friend_waterings:
            raise PetWateredEnough
        if not write_entry(session, pet.id, user_id, entry, source):
            raise RuntimeError(f"{source} was written while the pet was locked")
        return recompute(session, season, pet)


def _running(session: Session, season_id: int) -> Season:
    season = season_of(session, season_id)
    must_run(season, db_now(session))
    return season


def _own(session: Session, user_id: int, season_id: int) -> Any:
    pet = lock_pet(session, Pet.season_id == season_id, Pet.user_id == user_id)
    if pet is None:
        raise PetNotFound
    return pet


def _is_written(session: Session, kind: str, source: str) -> bool:
    known = select(PetEntry.id).where(PetEntry.kind == kind, PetEntry.source == source)
    return session.scalar(known) is not None


def _lots(
    session: Session, user_id: int, season_id: int, portions: int
) -> Iterator[tuple[Any, int]]:
    """From which lots so many portions come, the oldest first. The feed is locked."""
    rows = session.execute(
        select(PetLot.id, PetLot.used, (PetLot.portions - PetLot.used - PetLot.taken).label("left"))
        .where(PetLot.season_id == season_id, PetLot.user_id == user_id)
        .where(PetLot.used + PetLot.taken < PetLot.portions)
        .order_by(PetLot.id)
    ).all()
    for row in rows:
        count = min(portions, row.left)
        portions -= count
        if count:
            yield row, count
