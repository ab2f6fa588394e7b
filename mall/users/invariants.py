"""What must always hold of closed accounts. The table itself holds its own columns empty."""

from __future__ import annotations

from mall.kernel.invariants import Invariant
from mall.users.erasing import left_after_keeping, left_at_once
from mall.users.settings import RETURNING_DAYS


def _marks_past_their_days() -> str:
    """Two days of grace: the job runs once a night."""
    days = RETURNING_DAYS.get() + 2
    return f"""
        SELECT closed_at FROM closed_customers
        WHERE closed_at < now() - interval '{days} days' OR until < now() - interval '2 days'
        UNION ALL
        SELECT bought_before_until FROM users
        WHERE bought_before_until < now() - interval '2 days'
    """  # noqa: S608


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
    Invariant(
        "I28e",
        "no mark of a customer who closed the account outlives its days",
        _marks_past_their_days,
    ),
)
