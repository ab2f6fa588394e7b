"""Each shopper's record of trials, counted anew in the transaction that changes it.

Lock order: application, record; of several records by ascending shopper. Once a record is locked
the count sees what others have committed, so of two changes at once the later one sees both.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.kernel.db import int_array
from mall.reviews.trials.models import DONE, OVERDUE

COUNTED = frozenset({DONE, OVERDUE})
"""Applications in one of these are in their shopper's record."""
_LOCK = text(
    """
    INSERT INTO trial_officers AS r (user_id)
    SELECT u.id FROM unnest(CAST(:user_ids AS bigint[])) AS u(id) ORDER BY u.id
    ON CONFLICT (user_id) DO UPDATE SET user_id = excluded.user_id
    """
)
_COUNT = text(
    """
    UPDATE trial_officers r
    SET done = c.done, late = c.late, overdue = c.overdue, changed_at = clock_timestamp()
    FROM unnest(CAST(:user_ids AS bigint[])) AS u(id)
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE status = 'done') AS done,
               count(*) FILTER (WHERE status = 'done' AND late) AS late,
               count(*) FILTER (WHERE status = 'overdue') AS overdue
        FROM trial_applications WHERE user_id = u.id
    ) c
    WHERE r.user_id = u.id
    """
)


def count_records(session: Session, user_ids: Collection[int]) -> None:
    """Count what these shoppers have done of trials, late and not at all."""
    if user_ids:
        values = {"user_ids": int_array(set(user_ids))}
        session.execute(_LOCK, values)
        session.execute(_COUNT, values)
