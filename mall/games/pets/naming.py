"""Adopting a pet with a name, and giving it another one. WeChat checks every name first."""

from __future__ import annotations

from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.games.pets.errors import PetNameRefused, PetSeasonFull
from mall.games.pets.models import Pet, PetSeason
from mall.games.pets.seasons import Season, season_of
from mall.games.pets.states import must_run
from mall.kernel.db import db, db_now, transaction
from mall.kernel.failpoints import around_commit
from mall.kernel.http.access import Shopper
from mall.users.names import check_name
from mall.users.queries import hold_open_account


def name_pet(shopper: Shopper, season_id: int, name: str) -> None:
    """Adopt a pet by this name, or give the shopper's pet the name. Again changes nothing.

    Raises PetSeasonNotFound, PetSeasonNotStarted, PetSeasonPaused, PetSeasonOver, PetSeasonFull,
    PetNameRefused, WechatVisitTooOld, WechatUnreachable, AccountClosed.
    """
    must_run(season_of(db.session(), season_id), db_now(db.session()))
    known = select(Pet.name).where(Pet.season_id == season_id, Pet.user_id == shopper.user_id)
    if db.session.scalar(known) == name:
        return
    check_name(shopper.openid, name, PetNameRefused(param="name"))
    adopt(shopper.user_id, season_id, name)


def adopt(user_id: int, season_id: int, name: str) -> None:
    """Adopt a pet by a name that is checked, within the season's places; one a shopper. Who has
    one gives it the name."""
    with transaction() as session:
        around_commit(session, "pets.before_adopt_commit", "pets.after_adopt_commit")
        hold_open_account(session, user_id)
        season = season_of(session, season_id)
        must_run(season, db_now(session))
        if _insert(session, user_id, season, name):
            _take_place(session, season_id)
        else:
            session.execute(
                update(Pet)
                .where(Pet.season_id == season_id, Pet.user_id == user_id)
                .values(name=name)
                .execution_options(synchronize_session=False)
            )


def _insert(session: Session, user_id: int, season: Season, name: str) -> bool:
    """The pet's row; False when the shopper has one."""
    today = season.day(session)
    made = session.scalar(
        insert(Pet)
        .values(
            season_id=season.id,
            user_id=user_id,
            name=name,
            adopted_on=today,
            version=season.version,
            as_of=today,
        )
        .on_conflict_do_nothing(constraint="uq_pets_season_user")
        .returning(Pet.id)
    )
    return made is not None


def _take_place(session: Session, season_id: int) -> None:
    taken = session.scalar(
        update(PetSeason)
        .where(
            PetSeason.id == season_id,
            or_(PetSeason.places.is_(None), PetSeason.adopted < PetSeason.places),
        )
        .values(adopted=PetSeason.adopted + 1)
        .returning(PetSeason.adopted)
        .execution_options(synchronize_session=False)
    )
    if taken is None:
        raise PetSeasonFull
