"""Scores once more from the facts, in batches, while facts go on coming."""

from __future__ import annotations

from collections.abc import Callable

from mall.boards.counting import hold_open
from mall.boards.errors import BoardNotOpen
from mall.kernel.db import transaction
from mall.kernel.prepared import PreparedStatement

BATCH = 5_000
# Whoever counts a fact locks the member's score first: what is summed up here stays as it is.
_LOCK = PreparedStatement(
    """
    SELECT member_id FROM board_scores WHERE board_id = :board_id AND member_id > :after
    ORDER BY member_id LIMIT :batch FOR UPDATE
    """
)
_CORRECT = PreparedStatement(
    """
    UPDATE board_scores s SET
        score = n.score, reached_at = coalesce(n.reached_at, s.reached_at),
        version = s.version + 1, changed_at = clock_timestamp()
    FROM (
        SELECT o.member_id, CAST(coalesce(sum(f.amount), 0) AS bigint) AS score,
               max(f.at) FILTER (WHERE f.amount <> 0) AS reached_at
        FROM board_scores o
        LEFT JOIN board_facts f ON f.board_id = o.board_id AND f.member_id = o.member_id
        WHERE o.board_id = :board_id AND o.member_id > :after AND o.member_id <= :last
        GROUP BY o.member_id
    ) n
    WHERE s.board_id = :board_id AND s.member_id = n.member_id
      AND (s.score <> n.score OR n.reached_at IS NOT NULL AND s.reached_at <> n.reached_at)
    RETURNING s.member_id
    """
)


def recount(board_id: int, told: Callable[[int], object] = lambda _count: None) -> int:
    """Correct each score that isn't the sum of its facts; how many were wrong. `told` hears how
    many scores each batch had. The scores of a board that isn't open stay as they were frozen.

    Raises BoardNotFound. The view is to be built afterwards.
    """
    wrong, after = 0, 0
    while True:
        with transaction() as session:
            try:
                hold_open(session, board_id)
            except BoardNotOpen:
                return wrong
            rows = _LOCK.rows(session, board_id=board_id, after=after, batch=BATCH)
            if not rows:
                return wrong
            last = rows[-1].member_id
            found = _CORRECT.rows(session, board_id=board_id, after=after, last=last)
            wrong, after = wrong + len(found), last
        told(len(rows))
