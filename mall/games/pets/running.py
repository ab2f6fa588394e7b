"""Pausing and ending a published season."""

from __future__ import annotations

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from mall.games.pets.composing import audit, lock_season, set_season
from mall.games.pets.errors import PetSeasonNotPublished, PetSeasonOver
from mall.games.pets.models import PetSeason, PetSeasonPause
from mall.games.pets.states import is_over
from mall.kernel.clock import shop_day
from mall.kernel.db import db_now, transaction


def pause(season_id: int, paused: bool) -> None:
    """Let nobody adopt, feed or water for a while, or let it go on. On the shop days of a pause
    nothing decays. Saying so again changes nothing.

    Raises PetSeasonNotFound, PetSeasonNotPublished, PetSeasonOver.
    """
    with transaction() as session:
        season = _running(session, season_id)
        if season.paused == paused:
            return
        set_season(session, season_id, paused=paused)
        today = shop_day(db_now(session))
        if paused:
            session.execute(insert(PetSeasonPause).values(season_id=season_id, first_day=today))
        else:
            session.execute(
                update(PetSeasonPause)
                .where(PetSeasonPause.season_id == season_id, PetSeasonPause.last_day.is_(None))
                .values(last_day=today)
                .execution_options(synchronize_session=False)
            )
        audit(session, "pause" if paused else "resume", season_id, {"paused": paused})


def end(season_id: int, reason: str) -> None:
    """End a season now, for a reason that is public. What was reached stays rewarded.

    Before its time that is no change in the shoppers' favour: for what the law or an accident
    demands. Raises PetSeasonNotFound, PetSeasonNotPublished, PetSeasonOver.
    """
    with transaction() as session:
        season = _running(session, season_id)
        ended_at = db_now(session)
        set_season(session, season.id, ended_at=ended_at, end_reason=reason)
        audit(session, "end", season_id, {"end_reason": reason})


def _running(session: Session, season_id: int) -> PetSeason:
    season = lock_season(session, season_id)
    if not season.version:
        raise PetSeasonNotPublished
    if is_over(season, db_now(session)):
        raise PetSeasonOver
    return season
