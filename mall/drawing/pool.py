"""The workers' share for drawing, of all features together.

At most LANES pictures are drawn at the same time, and everything else that waits for a worker goes
first: a poster is a picture, a payment is not.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from mall.kernel.jobs import defer_many

LANES = 2
_PRIORITY = -10


def defer_drawing(session: Session, job: str, row_id: int, **arguments: int) -> None:
    """Draw after this transaction's commit, by the job `job`. `row_id` chooses the lane."""
    lane = f"drawing:{row_id % LANES}"
    defer_many(session, job, [arguments], lock=lane, priority=_PRIORITY)
