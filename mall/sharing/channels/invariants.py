"""I60a: each channel has its share."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I60a",
        "a channel has one share, which leads to its page and ends with it",
        """
        SELECT c.id AS channel_id, count(s.id) AS shares
        FROM share_channels c LEFT JOIN shares s ON s.channel_id = c.id
        GROUP BY c.id
        HAVING count(s.id) <> 1
            OR bool_or((s.page_kind, s.page_id) <> (c.page_kind, c.page_id)
                       OR s.expires_at IS DISTINCT FROM c.ends_at)
        """,
    ),
)
