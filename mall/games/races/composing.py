"""Composing races and publishing them. Each change locks the race and leaves an audit row.

Publishing opens the board and asks compliance. From then on the terms stay (a trigger).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.orm import Session

from mall.boards.opening import open_board
from mall.compliance.reviewing import review
from mall.games.races import in_use
from mall.games.races.building import Written, again, build_terms
from mall.games.races.describing import VERSION, describe
from mall.games.races.errors import (
    RaceChanged,
    RaceLimit,
    RaceNotFound,
    RacePublished,
    RaceTimesInvalid,
)
from mall.games.races.models import Race
from mall.games.races.terms import Terms, as_json, read_terms
from mall.kernel.db import after_commit, db_now, transaction
from mall.staff.audit import record

BOARD = "race"
"""The kind of the boards of races; their ref is the race's id."""
MAX_RUNNING = 20
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended('publishing races', 0))")


def create_race(written: Written) -> int:
    """A new draft: its id. Raises as `build_terms`."""
    with transaction() as session:
        terms = build_terms(session, written)
        race_id = session.execute(
            insert(Race).values(name=terms.name, terms=as_json(terms)).returning(Race.id)
        ).scalar_one()
        audit(session, "create", race_id, as_json(terms))
        return race_id


def change_draft(race_id: int, replaces: int, written: Written) -> None:
    """Other terms for a draft. `replaces` is the revision that staff have seen.

    Raises RaceNotFound, RacePublished, RaceChanged, and as `build_terms`.
    """
    with transaction() as session:
        race = _draft(session, race_id, replaces)
        terms = build_terms(session, written)
        set_race(
            session, race_id, name=terms.name, terms=as_json(terms), revision=race.revision + 1
        )
        audit(session, "update", race_id, as_json(terms))


def publish(race_id: int, replaces: int, *, accept_warnings: bool = False) -> None:
    """Make a draft public before its start: teams may be formed from now on.

    Raises RaceNotFound, RacePublished, RaceChanged, RaceLimit, RaceTimesInvalid, CampaignRefused,
    CampaignWarned, and as `build_terms`.
    """
    with transaction() as session:
        session.execute(_ONE_AT_A_TIME)
        race = _draft(session, race_id, replaces)
        terms = again(session, read_terms(race.terms))
        _check_now(session, terms)
        board_id = open_board(
            session, BOARD, str(race_id), terms.period, [one.as_promised() for one in terms.prizes]
        )
        set_race(
            session,
            race_id,
            terms=as_json(terms),
            revision=race.revision + 1,
            published_at=func.clock_timestamp(),
            board_id=board_id,
            starts_at=terms.starts_at,
            ends_at=terms.ends_at,
            joins_until=terms.joins_until,
            team_size=terms.team_size,
        )
        facts = describe(session, race_id, terms)
        review(session, facts, VERSION, accept_warnings=accept_warnings)
        audit(session, "publish", race_id, as_json(terms))
        after_commit(session, in_use.expire)


def lock_race(session: Session, race_id: int) -> Race:
    """A race, which nobody else changes before the commit. Raises RaceNotFound."""
    found = session.scalar(
        select(Race)
        .where(Race.id == race_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise RaceNotFound
    return found


def set_race(session: Session, race_id: int, **values: Any) -> None:
    """Write columns of a race that is locked."""
    session.execute(
        update(Race)
        .where(Race.id == race_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def audit(session: Session, verb: str, race_id: int, after: Written) -> None:
    """The audit row of what staff did."""
    record(session, action=f"race.{verb}", target_type="race", target_id=race_id, after=after)


def _draft(session: Session, race_id: int, replaces: int) -> Race:
    race = lock_race(session, race_id)
    if race.published_at is not None:
        raise RacePublished
    if race.revision != replaces:
        raise RaceChanged(param="replaces")
    return race


def _check_now(session: Session, terms: Terms) -> None:
    now = db_now(session)
    if terms.starts_at <= now:
        raise RaceTimesInvalid(param="starts_at")
    if terms.joins_until <= now:
        raise RaceTimesInvalid(param="joins_until")
    waiting = select(func.count()).where(
        Race.published_at.is_not(None), Race.ended_at.is_(None), Race.ends_at > now
    )
    if (session.scalar(waiting) or 0) >= MAX_RUNNING:
        raise RaceLimit
