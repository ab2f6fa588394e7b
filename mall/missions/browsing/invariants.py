"""I33: what is counted of browsing agrees with its sessions, and with the clock."""

from __future__ import annotations

from mall.kernel.clock import SHOP_ZONE
from mall.kernel.invariants import Invariant

_LATE_DAYS = f"d.day >= CAST(timezone('{SHOP_ZONE.key}', :since) AS date)"

INVARIANTS = (
    Invariant(
        "I33a",
        "a day of browsing counts its sessions, and no more than it told of the earlier ones",
        f"""
        SELECT d.user_id, d.day, d.sessions, d.counted_ms, d.earlier_ms,
               count(s.id) AS found, sum(s.counted_ms) AS told_ms
        FROM view_days d LEFT JOIN view_sessions s ON s.user_id = d.user_id AND s.day = d.day
        WHERE {_LATE_DAYS}
        GROUP BY d.user_id, d.day
        HAVING d.sessions <> count(s.id)
            OR d.earlier_ms <> coalesce(sum(s.counted_ms) FILTER (WHERE s.id <> d.session_id), 0)
            OR d.counted_ms - d.earlier_ms < sum(s.counted_ms) FILTER (WHERE s.id = d.session_id)
            OR max(s.id) IS DISTINCT FROM d.session_id
        """,  # noqa: S608
    ),
    Invariant(
        "I33b",
        "no more time is counted than has passed",
        f"""
        SELECT d.user_id, d.day, d.counted_ms, min(s.started_at) AS from_time, d.seen_at
        FROM view_days d JOIN view_sessions s ON s.user_id = d.user_id AND s.day = d.day
        WHERE {_LATE_DAYS}
        GROUP BY d.user_id, d.day
        HAVING d.counted_ms > extract(epoch FROM d.seen_at - min(s.started_at)) * 1000
        """,  # noqa: S608
    ),
)
