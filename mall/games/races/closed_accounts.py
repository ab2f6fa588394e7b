"""Races of a shopper who closes the account: they leave their teams, whose points stay. What was
scored stays on record by the shopper's id."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.boards.models import OPEN, Board
from mall.games.races.leaving import leave_all
from mall.games.races.models import Race, RaceMember
from mall.users.closing import ClosingLoss
from mall.users.erasing import Eraser


def _lost(session: Session, user_id: int) -> str | None:
    names = session.scalars(
        select(Race.name)
        .join(RaceMember, RaceMember.race_id == Race.id)
        .join(Board, Board.id == Race.board_id)
        .where(RaceMember.user_id == user_id, RaceMember.left_at.is_(None), Board.status == OPEN)
        .order_by(Race.id)
    ).all()
    return f"将退出团队赛“{'”“'.join(names)}”的队伍，不再获得其奖品" if names else None


SEATS_LOST = ClosingLoss("race teams", _lost)
SEATS = Eraser(
    "race teams",
    leave_all,
    "EXISTS (SELECT 1 FROM race_members m JOIN races r ON r.id = m.race_id"
    " JOIN boards b ON b.id = r.board_id"
    " WHERE m.user_id = u.id AND m.left_at IS NULL AND b.status = 'open')",
)
