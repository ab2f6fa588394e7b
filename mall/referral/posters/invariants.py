"""What must always hold of posters."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I55a",
        "a poster is of its shopper's own share",
        """
        SELECT p.id AS poster_id, p.user_id, s.user_id AS sharer_id
        FROM posters p JOIN shares s ON s.id = p.share_id
        WHERE p.created_at >= :since AND p.user_id <> s.user_id
        """,
    ),
    Invariant(
        "I55b",
        "no poster waits for longer than its job is tried",
        """
        SELECT id AS poster_id, created_at FROM posters
        WHERE status = 'waiting' AND created_at < now() - interval '1 day'
        """,
    ),
)
