"""Leaving a team: the captaincy passes on, and a team that everybody has left scores nothing.

Lock order: the race (shared), the membership, the team, then as `put_fact` locks.
"""

from __future__ import annotations

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from mall.boards.counting import Fact, hold_open, put_fact
from mall.boards.errors import BoardNotOpen
from mall.boards.models import OPEN, Board
from mall.games.races.errors import RaceNotInTeam
from mall.games.races.joining import open_race
from mall.games.races.models import Race, RaceEntry, RaceMember, RaceTeam
from mall.kernel.db import transaction
from mall.kernel.prepared import PreparedStatement

_MEMBERSHIP = PreparedStatement(
    """
    SELECT id, team_id FROM race_members
    WHERE race_id = :race_id AND user_id = :user_id AND left_at IS NULL
    FOR UPDATE
    """
)
_GIVE_SEAT = text(
    """
    UPDATE race_teams SET members = members - 1,
        dissolved_at = CASE WHEN members = 1 THEN clock_timestamp() END
    WHERE id = :team_id RETURNING members, captain_id
    """
)


def leave_team(user_id: int, race_id: int) -> None:
    """Leave one's team while teams may be joined. What was scored stays with the team, unless
    nobody is left in it.

    Raises RaceNotFound, RaceOver, RaceJoiningOver, RaceNotInTeam.
    """
    with transaction() as session:
        race = open_race(session, race_id, leaving=True)
        assert race.board_id is not None
        if not _depart(session, race_id, race.board_id, user_id):
            raise RaceNotInTeam


def leave_all(session: Session, user_id: int) -> None:
    """Leave the teams of all races whose ranks aren't frozen: the account is closed."""
    open_boards = session.execute(
        select(RaceMember.race_id, Race.board_id)
        .join(Race, Race.id == RaceMember.race_id)
        .join(Board, Board.id == Race.board_id)
        .where(RaceMember.user_id == user_id, RaceMember.left_at.is_(None), Board.status == OPEN)
        .order_by(Race.board_id)
    ).all()
    for row in open_boards:
        session.execute(select(Race.id).where(Race.id == row.race_id).with_for_update(read=True))
        try:
            hold_open(session, row.board_id)
        except BoardNotOpen:
            continue
        _depart(session, row.race_id, row.board_id, user_id)


def _depart(session: Session, race_id: int, board_id: int, user_id: int) -> bool:
    held = _MEMBERSHIP.first(session, race_id=race_id, user_id=user_id)
    if held is None:
        return False
    session.execute(
        update(RaceMember)
        .where(RaceMember.id == held.id)
        .values(left_at=func.clock_timestamp())
        .execution_options(synchronize_session=False)
    )
    team = session.execute(_GIVE_SEAT, {"team_id": held.team_id}).one()
    if not team.members:
        _void(session, board_id, held.team_id)
    elif team.captain_id == user_id:
        _pass_on(session, held.team_id)
    return True


def _pass_on(session: Session, team_id: int) -> None:
    """To whoever has been in the team longest. One who is leaving at this moment waits for the
    team, sees that the captaincy is theirs, and passes it on."""
    longest = (
        select(RaceMember.user_id)
        .where(RaceMember.team_id == team_id, RaceMember.left_at.is_(None))
        .order_by(RaceMember.joined_at, RaceMember.id)
        .limit(1)
        .scalar_subquery()
    )
    session.execute(
        update(RaceTeam)
        .where(RaceTeam.id == team_id)
        .values(captain_id=func.coalesce(longest, RaceTeam.captain_id))
        .execution_options(synchronize_session=False)
    )


def _void(session: Session, board_id: int, team_id: int) -> None:
    """What a dissolved team scored counts no more. Who counts shares its row: none comes later.
    The entries are locked before the score, as whoever counts does."""
    entries = session.scalars(
        select(RaceEntry)
        .where(RaceEntry.team_id == team_id, RaceEntry.points > 0)
        .order_by(RaceEntry.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()
    for entry in entries:
        put_fact(session, board_id, team_id, Fact(entry.source, 0, entry.at))
    session.execute(
        update(RaceEntry)
        .where(RaceEntry.team_id == team_id)
        .values(points=0)
        .execution_options(synchronize_session=False)
    )
