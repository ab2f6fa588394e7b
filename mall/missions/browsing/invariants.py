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
               s.found, s.earlier_ms AS told_earlier_ms, s.last_ms AS told_last_ms
        FROM view_days d
        CROSS JOIN LATERAL (
            SELECT count(*) AS found, max(id) AS last_id,
                   coalesce(sum(counted_ms) FILTER (WHERE id <> d.session_id), 0) AS earlier_ms,
                   coalesce(sum(counted_ms) FILTER (WHERE id = d.session_id), 0) AS last_ms
            FROM view_sessions WHERE user_id = d.user_id AND day = d.day
        ) s
        WHERE {_LATE_DAYS}
          AND (d.sessions <> s.found OR d.earlier_ms <> s.earlier_ms
               OR d.counted_ms - d.earlier_ms < s.last_ms
               OR s.last_id IS DISTINCT FROM d.session_id)
        """,  # noqa: S608
    ),
    Invariant(
        "I33b",
        "no more time is counted than has passed",
        f"""
        SELECT d.user_id, d.day, d.counted_ms, s.from_time, d.seen_at
        FROM view_days d
        CROSS JOIN LATERAL (
            SELECT min(started_at) AS from_time FROM view_sessions
            WHERE user_id = d.user_id AND day = d.day
        ) s
        WHERE {_LATE_DAYS}
          AND d.counted_ms > extract(epoch FROM d.seen_at - s.from_time) * 1000
        """,  # noqa: S608
    ),
)
