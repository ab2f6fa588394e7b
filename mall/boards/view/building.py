"""Building a view anew from PostgreSQL: the ways by which Redis becomes right again.

The view is emptied first; until a build is done, reads go to PostgreSQL. Changes meanwhile are
told to the view as always: of each member the newest version stays, in whatever order they come.
Of two builds at once the one that began later goes on.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy.orm import Session

from mall.boards.view.entries import members_key, ranks_key
from mall.boards.view.pushing import push
from mall.boards.view.scripts import BEGIN, FINISH, READ
from mall.kernel.db import db
from mall.kernel.prepared import PreparedStatement
from mall.kernel.redis import redis_client

BATCH = 2_000
_SCORES = PreparedStatement(
    """
    SELECT member_id, score, reached_at, version, excluded_for FROM board_scores
    WHERE board_id = :board_id AND member_id > :after ORDER BY member_id LIMIT :batch
    """
)
# A change is committed within a minute of `changed_at` (the longest transaction), so five minutes
# of changes hold what the pushes of the last minutes may have lost.
_CHANGED = PreparedStatement(
    """
    SELECT member_id, score, reached_at, version, excluded_for FROM board_scores
    WHERE board_id = :board_id AND changed_at > clock_timestamp() - interval '5 minutes'
      AND member_id > :after
    ORDER BY member_id LIMIT :batch
    """
)
Told = Callable[[int], object]


def build_view(board_id: int, told: Told = lambda _count: None) -> bool:
    """Build the view of a board; `told` hears how many rows each batch had. False when another
    build began meanwhile. Raises RedisError."""
    client, token = redis_client(), f"building:{secrets.token_hex(8)}"
    BEGIN(client, board_id, token)
    for rows in batches(db.session(), board_id):
        if push(board_id, rows, build=token) < 0:
            return False
        told(len(rows))
    return bool(FINISH(client, board_id, token))


def tell_again(board_id: int) -> int:
    """Tell the view what changed in the last minutes; how much of it was new to the view.

    Raises RedisError.
    """
    taken = 0
    for rows in batches(db.session(), board_id, _CHANGED):
        taken += max(push(board_id, rows), 0)
    return taken


def view_state(board_id: int) -> str:
    """ "ok", or why the view can't be read. Raises RedisError."""
    return str(READ(redis_client(), board_id, "", 0, 1)[0], "ascii")


def drop_view(board_id: int) -> None:
    """Forget the view of a board whose ranks are frozen. Raises RedisError."""
    redis_client().unlink(members_key(board_id), ranks_key(board_id))


def batches(
    session: Session, board_id: int, statement: PreparedStatement = _SCORES
) -> Iterator[list[Any]]:
    """The scores of a board, in batches by member, each as it is then."""
    after = 0
    while rows := statement.rows(session, board_id=board_id, after=after, batch=BATCH):
        yield rows
        after = rows[-1].member_id
