"""What staff do about a published race: pause the joining, end it early."""

from __future__ import annotations

from sqlalchemy.orm import Session

from mall.boards.opening import end_now
from mall.games.races.composing import audit, lock_race, set_race
from mall.games.races.errors import RaceNotPublished, RaceOver
from mall.games.races.models import Race
from mall.games.races.states import is_over
from mall.kernel.db import db_now, transaction


def pause(race_id: int, paused: bool) -> None:
    """Let nobody make or join a team for a while, or let it go on. What members do is counted all
    the same, so that nobody loses by it. Saying so again changes nothing.

    Raises RaceNotFound, RaceNotPublished, RaceOver.
    """
    with transaction() as session:
        race = _running(session, race_id)
        if race.paused != paused:
            set_race(session, race_id, paused=paused)
            audit(session, "pause" if paused else "resume", race_id, {"paused": paused})


def end(race_id: int, reason: str) -> None:
    """End a race now, for a reason that is public. What was done until now counts; refunds are
    waited for as published, then the ranks are frozen and the prizes given.

    Raises RaceNotFound, RaceNotPublished, RaceOver.
    """
    with transaction() as session:
        race = _running(session, race_id)
        ended_at = db_now(session)
        if race.board_id is not None:
            end_now(session, race.board_id, ended_at)
        set_race(session, race_id, ended_at=ended_at, end_reason=reason)
        audit(session, "end", race_id, {"end_reason": reason})


def _running(session: Session, race_id: int) -> Race:
    """Whoever counts or joins shares the race's row: none is under way once it is locked."""
    race = lock_race(session, race_id)
    if race.published_at is None:
        raise RaceNotPublished
    if is_over(race, db_now(session)):
        raise RaceOver
    return race
