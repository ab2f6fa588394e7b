"""Teams on a board: who gets the prize of one, and what is counted before the freezing."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.boards.kinds import BoardKind
from mall.games.races.catching_up import catch_up
from mall.games.races.composing import BOARD
from mall.games.races.models import RaceMember


def members_of(session: Session, team_id: int) -> Sequence[int]:
    """The shoppers who are in a team. Nobody comes or goes once the ranks are frozen."""
    query = select(RaceMember.user_id).where(
        RaceMember.team_id == team_id, RaceMember.left_at.is_(None)
    )
    return session.scalars(query).all()


RACE_BOARD = BoardKind(BOARD, winners=members_of, catch_up=catch_up)
