"""Freezing the ranks of a board, for good, in batches of flat memory. Safe to repeat at any step.

First the board stops taking facts: its row is locked against everyone who is counting. From then
on no score changes, so the rows may be written in several transactions. The last one keeps their
digest, by which an auditor sees that nothing was changed since.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from mall.boards.auditing import digest_of_results
from mall.boards.errors import BoardNotDue, BoardNotFound
from mall.boards.kinds import BOARD_KINDS
from mall.boards.models import CLOSED, CLOSING, OPEN, RANKED, Board
from mall.boards.view.building import drop_view
from mall.kernel.db import db_now, transaction
from mall.kernel.prepared import PreparedStatement
from mall.kernel.redis import RedisError

BATCH = 10_000
_LAST = PreparedStatement(
    """
    SELECT rank, score, reached_at, member_id FROM board_results
    WHERE board_id = :board_id ORDER BY rank DESC LIMIT 1
    """
)
_FREEZE = f"""
    INSERT INTO board_results (board_id, rank, member_id, score, reached_at)
    SELECT :board_id, :rank + row_number() OVER (ORDER BY (- score), reached_at, member_id),
           member_id, score, reached_at
    FROM (
        SELECT member_id, score, reached_at FROM board_scores
        WHERE board_id = :board_id AND {RANKED} {{}}
        ORDER BY (- score), reached_at, member_id LIMIT :batch
    ) next
    RETURNING rank
"""  # noqa: S608
_FREEZE_FIRST = PreparedStatement(_FREEZE.format(""))
_FREEZE_NEXT = PreparedStatement(
    _FREEZE.format(
        "AND ((- score), reached_at, member_id)"
        " > (- CAST(:score AS bigint), CAST(:reached_at AS timestamptz), :member_id)"
    )
)


def close(board_id: int) -> bool:
    """Freeze the ranks of a board whose time for late facts is over; False when they were frozen.

    What the kind hasn't counted yet is counted before. Raises BoardNotFound, BoardNotDue.
    """
    with transaction() as session:
        found = _board(session, board_id)
        if found.status == CLOSED:
            return False
        if found.closes_at > db_now(session):
            raise BoardNotDue
    if found.status == OPEN:
        kind = BOARD_KINDS.get(found.kind)
        if kind is not None:
            kind.catch_up(board_id)
        _stop_counting(board_id)
    while _freeze_batch(board_id):
        pass
    done = _finish(board_id)
    try:
        drop_view(board_id)
    except RedisError:
        return done  # nobody reads it any more
    return done


def _stop_counting(board_id: int) -> None:
    """FOR UPDATE, not less: whoever counts a fact shares the row's key (`counting.hold_open`)."""
    with transaction() as session:
        if _board(session, board_id, lock=True).status == OPEN:
            session.execute(update(Board).where(Board.id == board_id).values(status=CLOSING))


def _freeze_batch(board_id: int) -> bool:
    """Write the next rows; False when there are no more."""
    with transaction() as session:
        if _board(session, board_id, lock=True).status != CLOSING:
            return False
        last = _LAST.first(session, board_id=board_id)
        if last is None:
            written = _FREEZE_FIRST.rows(session, board_id=board_id, rank=0, batch=BATCH)
        else:
            where = {"score": last.score, "reached_at": last.reached_at, "rank": last.rank}
            written = _FREEZE_NEXT.rows(
                session, board_id=board_id, member_id=last.member_id, batch=BATCH, **where
            )
        return len(written) == BATCH


def _finish(board_id: int) -> bool:
    with transaction() as session:
        found = _board(session, board_id, lock=True)
        if found.status != CLOSING:
            return False
        digest, size = digest_of_results(session, found)
        session.execute(
            update(Board)
            .where(Board.id == board_id)
            .values(status=CLOSED, closed_at=func.clock_timestamp(), digest=digest, size=size)
        )
        return True


def _board(session: Session, board_id: int, *, lock: bool = False) -> Any:
    query = select(*Board.__table__.c).where(Board.id == board_id)
    found = session.execute(query.with_for_update() if lock else query).one_or_none()
    if found is None:
        raise BoardNotFound
    return found
