"""Members whose order should long be settled, and isn't."""

from __future__ import annotations

from mall.groupbuy.settlement.undecided import undecided

STUCK_AFTER_MIN = 10
STUCK_TRIES = 3
LATE_AFTER_MIN = 30
"""Minutes after its end, by which the unpaid orders of a team should be closed."""
STUCK = f"""m.due IS NOT NULL
    AND (m.due_tries >= {STUCK_TRIES}
         OR m.due_since < now() - make_interval(mins => {STUCK_AFTER_MIN}))
    AND NOT (m.due = 'settle' AND {undecided("m.order_id")})"""
"""SQL: a member (`m`) with whom something is due that failed again and again, or that nobody did
in time. One whose difference waits for an after-sale or a refund isn't stuck."""
