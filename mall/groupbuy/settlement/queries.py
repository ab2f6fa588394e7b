"""Members whose order should long be settled, and isn't."""

from __future__ import annotations

STUCK_AFTER_MIN = 10
STUCK = f"""m.due IS NOT NULL
    AND (m.due_tries > 0 OR m.due_since < now() - make_interval(mins => {STUCK_AFTER_MIN}))"""
"""SQL: a member (`m`) with whom something is due that failed, or that nobody did in time."""
