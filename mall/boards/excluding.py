"""Staff take a cheater off the ranks, and put somebody back, while the board is open."""

from __future__ import annotations

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.boards.counting import hold_open
from mall.boards.errors import BoardMemberNotFound
from mall.boards.models import BoardScore
from mall.boards.view.pushing import push_later
from mall.kernel.db import transaction
from mall.staff.audit import record


def exclude(board_id: int, member_id: int, reason: str) -> None:
    """Take a member off the ranks; the facts stay and go on counting. Before the first fact, too.

    Raises BoardNotFound, BoardNotOpen.
    """
    with transaction() as session:
        hold_open(session, board_id)
        session.execute(
            insert(BoardScore)
            .values(board_id=board_id, member_id=member_id, reached_at=func.clock_timestamp())
            .on_conflict_do_nothing()
        )
        _set(session, board_id, member_id, reason)


def readmit(board_id: int, member_id: int, reason: str) -> None:
    """Give a member the rank back that the score has.

    Raises BoardNotFound, BoardNotOpen, BoardMemberNotFound.
    """
    with transaction() as session:
        hold_open(session, board_id)
        known = select(BoardScore.version).where(
            BoardScore.board_id == board_id, BoardScore.member_id == member_id
        )
        if session.scalar(known) is None:
            raise BoardMemberNotFound
        _set(session, board_id, member_id, None, reason)


def _set(
    session: Session, board_id: int, member_id: int, excluded_for: str | None, why: str = ""
) -> None:
    changed = session.scalar(
        update(BoardScore)
        .where(
            BoardScore.board_id == board_id,
            BoardScore.member_id == member_id,
            BoardScore.excluded_for.is_distinct_from(excluded_for),
        )
        .values(
            excluded_for=excluded_for,
            version=BoardScore.version + 1,
            changed_at=func.clock_timestamp(),
        )
        .returning(BoardScore.member_id)
    )
    if changed is None:
        return
    push_later(session, board_id, member_id)
    record(
        session,
        action="board.exclude" if excluded_for else "board.readmit",
        target_type="board",
        target_id=board_id,
        after={"member_id": str(member_id), "reason": excluded_for or why},
    )
