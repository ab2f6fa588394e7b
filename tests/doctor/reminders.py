"""Ways to break what must hold of reminders."""

from __future__ import annotations

BREAKS = {
    "I43": [
        "INSERT INTO points_reminder_runs (last_day, days_before, created_at)"
        " VALUES (current_date + 7, 7, now() - interval '7 hours')"
    ],
}
