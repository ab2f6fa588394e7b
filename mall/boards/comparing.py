"""Comparing a view with the scores in PostgreSQL.

Changes are on their way all the time: what differs is looked at again a moment later, and only
what differs then as well is told.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from mall.boards.view.building import batches
from mall.boards.view.entries import entry_of, members_key, ranks_key
from mall.boards.view.reading import list_seen
from mall.kernel.db import db, int_array
from mall.kernel.prepared import PreparedStatement
from mall.kernel.redis import redis_client

A_MOMENT_S = 1.0
TOP = 1_000
_SIZE = PreparedStatement(
    """
    SELECT count(*) AS size FROM board_scores
    WHERE board_id = :board_id AND score > 0 AND excluded_for IS NULL
    """
)
_ROWS = """
    SELECT member_id, score, reached_at, version, excluded_for FROM board_scores
    WHERE board_id = :board_id AND {}
"""
_AGAIN = PreparedStatement(_ROWS.format("member_id = ANY(CAST(:members AS bigint[]))"))
_TOP = PreparedStatement(
    _ROWS.format(
        "score > 0 AND excluded_for IS NULL ORDER BY (- score), reached_at, member_id LIMIT :count"
    )
)


def differs(board_id: int) -> bool:
    """True when the view can't be read, or has anything else than PostgreSQL. Raises RedisError."""
    return _size_differs(board_id) or any(True for _ in _differing(board_id, everyone(board_id)))


def differing_top(board_id: int) -> list[int] | None:
    """Members of the first thousand who are elsewhere in the view; None when the view can't be
    read, or has another number of ranks. Raises RedisError."""
    if _size_differs(board_id):
        return None
    rows = _TOP.rows(db.session(), board_id=board_id, count=TOP)
    return list(_differing(board_id, iter([rows] if rows else [])))


def everyone(board_id: int) -> Iterator[list[Any]]:
    """All scores of a board, in batches."""
    return batches(db.session(), board_id)


def _size_differs(board_id: int) -> bool:
    for _ in range(2):
        counted = _SIZE.first(db.session(), board_id=board_id)
        seen = list_seen(board_id, 0, 1)
        if seen is not None and counted is not None and seen.size == counted.size:
            return False
        time.sleep(A_MOMENT_S)
    return True


def _differing(board_id: int, found: Iterator[list[Any]]) -> Iterator[int]:
    for rows in found:
        if _are_seen(board_id, rows):
            continue
        wrong = [row.member_id for row in rows if not _are_seen(board_id, [row])]
        time.sleep(A_MOMENT_S)
        again = _AGAIN.rows(db.session(), board_id=board_id, members=int_array(wrong))
        yield from (row.member_id for row in again if not _are_seen(board_id, [row]))


def _are_seen(board_id: int, rows: list[Any]) -> bool:
    """Whether the view has exactly these rows."""
    client = redis_client()
    entries = [entry_of(row) for row in rows]
    values = client.hmget(members_key(board_id), [name for name, _, _ in entries])
    if values != [value for _, value, _ in entries]:
        return False
    ranked = [(value.partition(b"|")[2], score) for _, value, score in entries]
    ranked = [(packed, score) for packed, score in ranked if packed]
    if not ranked:
        return True
    packed_only: list[Any] = [packed for packed, _ in ranked]
    scores = client.zmscore(ranks_key(board_id), packed_only)
    return scores == [float(score) for _, score in ranked]
