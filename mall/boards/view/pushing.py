"""Telling the view what has changed, after the commit.

A change that doesn't arrive is told again by the sweep; until then the member who changed sees
the ranks from PostgreSQL, because the view has an older version of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from mall.boards import metrics
from mall.boards.view.entries import entry_of
from mall.boards.view.scripts import PUSH
from mall.kernel.db import after_commit
from mall.kernel.prepared import PreparedStatement
from mall.kernel.redis import RedisError, redis_client

_SCORE = PreparedStatement(
    """
    SELECT member_id, score, reached_at, version, excluded_for FROM board_scores
    WHERE board_id = :board_id AND member_id = :member_id
    """
)


def push_later(session: Session, board_id: int, member_id: int) -> None:
    """Tell the view of a score after the commit. It is read then: what was rolled back, if only
    to a savepoint, is never told."""
    after_commit(session, partial(_push_score, board_id, member_id))


def push(board_id: int, rows: Iterable[Any], *, build: str = "") -> int:
    """Tell the view of rows; how many were new to it, -1 when it isn't there. Raises RedisError."""
    values = [value for row in rows for value in entry_of(row)]
    return int(PUSH(redis_client(), board_id, build, *values)) if values else 0


def _push_score(board_id: int, member_id: int, session: Session) -> None:
    row = _SCORE.first(session, board_id=board_id, member_id=member_id)
    try:
        push(board_id, [] if row is None else [row])
    except RedisError:
        metrics.PUSHES_LOST.inc()
