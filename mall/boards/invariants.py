"""What must always hold of boards."""

from __future__ import annotations

from typing import Any

from mall.boards.comparing import differing_top
from mall.boards.tending import open_boards
from mall.kernel.invariants import Invariant, Rows
from mall.kernel.redis import RedisError


def _wrong_views() -> Rows:
    """Live views that aren't PostgreSQL's ranks, by the number of ranks and the first thousand."""
    rows: list[dict[str, Any]] = []
    for board_id in open_boards():
        try:
            wrong = differing_top(board_id)
        except RedisError:
            wrong = None
        if wrong is None:
            rows.append({"board_id": board_id, "view": "missing, unreachable or of another size"})
        elif wrong:
            rows.append({"board_id": board_id, "members": wrong[:20]})
    return rows


INVARIANTS = (
    Invariant(
        "I68a",
        "a score is the sum of the member's facts, reached at the latest of those that count",
        """
        SELECT s.board_id, s.member_id, s.score, f.score AS of_facts FROM board_scores s
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(amount), 0) AS score,
                   max(at) FILTER (WHERE amount <> 0) AS reached_at
            FROM board_facts f WHERE f.board_id = s.board_id AND f.member_id = s.member_id
        ) f
        WHERE s.changed_at >= :since
          AND (s.score <> f.score OR s.reached_at <> coalesce(f.reached_at, s.reached_at))
        """,
    ),
    Invariant(
        "I68b",
        "frozen ranks go from 1 without a gap, the higher score first, then who was earlier",
        """
        SELECT board_id, rank FROM (
            SELECT r.board_id, r.rank, b.size,
                   row_number() OVER (
                       PARTITION BY r.board_id ORDER BY r.score DESC, r.reached_at, r.member_id
                   ) AS due,
                   count(*) OVER (PARTITION BY r.board_id) AS found
            FROM board_results r JOIN boards b ON b.id = r.board_id
            WHERE b.status = 'closed' AND b.closed_at >= :since
        ) ranks
        WHERE rank <> due OR found <> size
        """,
    ),
    Invariant(
        "I68c",
        "a prize of a closed board is given once, for a rank that has one",
        """
        SELECT a.board_id, a.rank, a.user_id FROM board_awards a
        LEFT JOIN board_prizes p
            ON p.board_id = a.board_id AND a.rank BETWEEN p.first_rank AND p.last_rank
        LEFT JOIN reward_grants g ON g.id = a.grant_id
        WHERE a.created_at >= :since
          AND (p.rule_id IS NULL
               OR a.grant_id IS NOT NULL AND (g.rule_id, g.user_id) <> (p.rule_id, a.user_id))
        UNION ALL
        SELECT b.id, NULL, g.user_id FROM boards b
        JOIN reward_grants g ON g.ground = 'board:' || b.id
        WHERE b.closed_at >= :since
          AND NOT EXISTS (SELECT FROM board_awards a WHERE a.grant_id = g.id)
        """,
    ),
    Invariant(
        "I12b",
        "the view of a live board has PostgreSQL's ranks",
        find=_wrong_views,
    ),
)
