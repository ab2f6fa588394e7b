"""What must always hold of closed accounts. The table itself holds its own columns empty."""

from __future__ import annotations

from mall.kernel.invariants import Invariant
from mall.users.erasing import left_after_keeping, left_at_once

INVARIANTS = (
    Invariant(
        "I28a",
        "a closed account has no login",
        """
        SELECT u.id FROM users u JOIN user_tokens t ON t.user_id = u.id
        WHERE u.closed_at IS NOT NULL AND u.closed_at >= :since
        """,
    ),
    Invariant("I28b", "an hour after its closing nothing personal is left", left_at_once),
    Invariant("I28c", "nor what was kept, when its time is over", left_after_keeping),
    Invariant(
        "I28d",
        "what is due of closed accounts is erased within the hour",
        "SELECT id, erase_due_at FROM users WHERE erase_due_at < now() - interval '1 hour'",
    ),
)
