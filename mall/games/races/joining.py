"""Coming into a team: making one, by its code, or matched with one that has a seat left.

A seat is taken by one conditional UPDATE, a shopper's place by a unique index. Lock order: the
race (shared), the shopper (shared), the membership, the team. Whoever makes a team has a new
one, so it comes first there.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mall.games.races import metrics
from mall.games.races.errors import (
    RaceCodeInvalid,
    RaceHasTeam,
    RaceJoiningOver,
    RaceNoOpenTeam,
    RaceNotFound,
    RaceOver,
    RacePaused,
    RaceTeamFull,
    RaceTeamNameRefused,
    RaceTeamNameTaken,
)
from mall.games.races.models import CREATED, JOINED, MATCHED, Race, RaceMember, RaceTeam
from mall.games.races.states import is_over
from mall.kernel.codes import draw_code
from mall.kernel.db import constraint_of, db_now, transaction
from mall.kernel.http.access import Shopper
from mall.kernel.prepared import PreparedStatement
from mall.users.names import check_name
from mall.users.queries import hold_open_account

CODE_LENGTH = 8
"""31^8 codes; whoever guesses ten a minute finds none."""
ENTER = PreparedStatement(
    """
    INSERT INTO race_members (race_id, team_id, user_id, way)
    VALUES (:race_id, :team_id, :user_id, CAST(:way AS text))
    ON CONFLICT (race_id, user_id) WHERE left_at IS NULL DO NOTHING
    RETURNING id
    """
)
TAKE_SEAT = PreparedStatement(
    """
    UPDATE race_teams SET members = members + 1
    WHERE id = :team_id AND members < size AND dissolved_at IS NULL
    RETURNING id
    """
)
# The fullest first, so that teams fill up. Staff may have taken one off the ranks.
_OPEN_TEAM = PreparedStatement(
    """
    SELECT t.id FROM race_teams t
    LEFT JOIN board_scores s ON s.board_id = :board_id AND s.member_id = t.id
    WHERE t.race_id = :race_id AND t.matchable AND t.members < t.size
      AND t.dissolved_at IS NULL AND s.excluded_for IS NULL
    ORDER BY t.members DESC, t.id LIMIT 1
    """
)


def create_team(shopper: Shopper, race_id: int, name: str, *, matchable: bool) -> int:
    """A new team with the shopper as captain: its id. The same again changes nothing.

    Raises RaceNotFound, RacePaused, RaceOver, RaceJoiningOver, RaceTeamNameRefused,
    WechatVisitTooOld, WechatUnreachable, RaceTeamNameTaken, RaceHasTeam, AccountClosed.
    """
    with transaction() as session:
        open_race(session, race_id)
        made = _made_before(session, race_id, shopper.user_id, name)
    if made is not None:
        return made
    check_name(shopper.openid, name, RaceTeamNameRefused(param="name"))
    with transaction() as session:
        race = open_race(session, race_id)
        hold_open_account(session, shopper.user_id)
        team_id = _make_team(session, race, shopper.user_id, name, matchable)
        _enter(session, race_id, team_id, shopper.user_id, CREATED)
        return team_id


def join_team(user_id: int, race_id: int, code: str) -> int:
    """Come into the team with this code: its id. Who is in it already stays.

    Raises RaceNotFound, RacePaused, RaceOver, RaceJoiningOver, RaceCodeInvalid, RaceHasTeam,
    RaceTeamFull, AccountClosed.
    """
    with transaction() as session:
        open_race(session, race_id)
        team_id = team_of_code(session, race_id, code)
        if current_team(session, race_id, user_id) == team_id:
            return team_id
        hold_open_account(session, user_id)
        _enter(session, race_id, team_id, user_id, JOINED)
        if TAKE_SEAT.first(session, team_id=team_id) is None:
            raise RaceTeamFull
        return team_id


def match_team(user_id: int, race_id: int) -> int:
    """Come into some team that takes strangers, the fullest: its id.

    Raises RaceNotFound, RacePaused, RaceOver, RaceJoiningOver, RaceHasTeam, RaceNoOpenTeam,
    AccountClosed.
    """
    with transaction() as session:
        race = open_race(session, race_id)
        hold_open_account(session, user_id)
        team_id = _open_team(session, race)
        member_id = _enter(session, race_id, team_id, user_id, MATCHED)
        while TAKE_SEAT.first(session, team_id=team_id) is None:  # others had the last seat
            team_id = _open_team(session, race)
            moved = update(RaceMember).where(RaceMember.id == member_id).values(team_id=team_id)
            session.execute(moved, execution_options={"synchronize_session": False})
        return team_id


def open_race(session: Session, race_id: int, *, leaving: bool = False) -> Race:
    """A race whose teams may be joined now, or left; nobody ends or pauses it before the commit.

    Raises RaceNotFound, RaceOver, RaceJoiningOver, RacePaused.
    """
    race = session.scalar(
        select(Race)
        .where(Race.id == race_id, Race.published_at.is_not(None))
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    )
    if race is None:
        raise RaceNotFound
    now = db_now(session)
    if is_over(race, now):
        raise RaceOver
    if _joins_until(race) <= now:
        raise RaceJoiningOver
    if race.paused and not leaving:
        raise RacePaused
    return race


def current_team(session: Session, race_id: int, user_id: int) -> int | None:
    """The team of a race that a shopper is in."""
    return session.scalar(
        select(RaceMember.team_id).where(
            RaceMember.race_id == race_id,
            RaceMember.user_id == user_id,
            RaceMember.left_at.is_(None),
        )
    )


def team_of_code(session: Session, race_id: int, code: str) -> int:
    """The team with a code, which has somebody in it. Raises RaceCodeInvalid."""
    found = session.scalar(
        select(RaceTeam.id).where(
            RaceTeam.code == code.upper(),
            RaceTeam.race_id == race_id,
            RaceTeam.dissolved_at.is_(None),
        )
    )
    if found is None:
        raise RaceCodeInvalid
    return found


def _made_before(session: Session, race_id: int, user_id: int, name: str) -> int | None:
    return session.scalar(
        select(RaceTeam.id).where(
            RaceTeam.id == current_team(session, race_id, user_id),
            RaceTeam.captain_id == user_id,
            RaceTeam.name == name,
        )
    )


def _joins_until(race: Race) -> datetime:
    assert race.joins_until is not None
    return race.joins_until


def _make_team(session: Session, race: Race, user_id: int, name: str, matchable: bool) -> int:
    values = {"name": name, "matchable": matchable, "size": race.team_size}
    try:
        made: int = session.execute(
            insert(RaceTeam)
            .values(race_id=race.id, captain_id=user_id, code=draw_code(CODE_LENGTH), **values)
            .returning(RaceTeam.id)
        ).scalar_one()
    except IntegrityError as error:
        if constraint_of(error) == "uq_race_teams_race_id_name":
            raise RaceTeamNameTaken(param="name") from None
        raise
    return made


def _enter(session: Session, race_id: int, team_id: int, user_id: int, way: str) -> int:
    entered = ENTER.first(session, race_id=race_id, team_id=team_id, user_id=user_id, way=way)
    if entered is None:
        raise RaceHasTeam
    metrics.JOINS.labels(way).inc()
    return int(entered.id)


def _open_team(session: Session, race: Race) -> int:
    found = _OPEN_TEAM.first(session, race_id=race.id, board_id=race.board_id)
    if found is None:
        raise RaceNoOpenTeam
    return int(found.id)
