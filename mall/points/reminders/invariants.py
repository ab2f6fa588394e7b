"""I43: reminders are sent while they are news."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I43",
        "a run of reminders is done within six hours",
        """
        SELECT last_day, days_before, created_at, after_expires_at, after_user_id
        FROM points_reminder_runs
        WHERE done_at IS NULL AND created_at < clock_timestamp() - interval '6 hours'
          AND last_day >= CAST(clock_timestamp() AT TIME ZONE 'Asia/Shanghai' AS date)
        """,
    ),
)
