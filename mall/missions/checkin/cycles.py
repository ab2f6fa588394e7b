"""A shopper's cycle: found by its day, counted by one statement, begun by the plan in force."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from mall.kernel.prepared import PreparedStatement
from mall.missions.checkin.errors import CheckInClosed
from mall.missions.checkin.milestones import Milestone, Progress, read_milestones

# The shopper's state is locked, so what `o` reads is what the update changes.
_COUNT = PreparedStatement(
    """
    UPDATE check_in_cycles c
    SET checked = c.checked + 1,
        best = greatest(c.best,
            least(c.last_day, CAST(:run_last AS date))
            - greatest(c.first_day, CAST(:run_first AS date)) + 1)
    FROM check_in_cycles o JOIN check_in_plans p ON p.version = o.plan_version
    WHERE o.id = c.id AND c.user_id = :user_id
      AND c.first_day <= CAST(:day AS date) AND c.last_day >= CAST(:day AS date)
    RETURNING c.id, c.first_day, c.last_day, c.checked, c.best,
              o.checked AS checked_before, o.best AS best_before, p.rewards
    """
)
# A month's cycle begins with the month, or after the cycle of an older plan.
_BEGIN = PreparedStatement(
    """
    WITH plan AS (
        SELECT version, days, rewards, CAST(:day AS date) AS day,
               date_trunc('month', CAST(:day AS timestamp)) AS month
        FROM check_in_plans ORDER BY version DESC LIMIT 1
    ), made AS (
        INSERT INTO check_in_cycles
            (user_id, plan_version, first_day, last_day, checked, best)
        SELECT :user_id, version,
               CASE WHEN days IS NULL THEN greatest(CAST(month AS date), (
                   SELECT max(last_day) + 1 FROM check_in_cycles WHERE user_id = :user_id
               )) ELSE day END,
               CASE WHEN days IS NULL THEN CAST(month + interval '1 month - 1 day' AS date)
                    ELSE day + days - 1 END, 1, 1
        FROM plan RETURNING id, first_day, last_day, checked, best
    )
    SELECT made.*, plan.rewards FROM made CROSS JOIN plan
    """
)


@dataclass(frozen=True, slots=True)
class Counted:
    """A cycle after a day was added, how it stood before (none: it began), its milestones."""

    cycle_id: int
    before: Progress | None
    now: Progress
    milestones: list[Milestone]


def count_day(session: Session, user_id: int, day: date, run: tuple[date, date]) -> Counted | None:
    """Add `day` to the cycle that it falls in; none when there is no such cycle.

    `run` is the first and the last of the days in a row that `day` belongs to. The caller has
    locked the shopper's state.
    """
    first, last = run
    row = _COUNT.first(session, user_id=user_id, day=day, run_first=first, run_last=last)
    if row is None:
        return None
    before = Progress(row.first_day, row.last_day, row.checked_before, row.best_before)
    return _counted(row, before)


def begin(session: Session, user_id: int, day: date) -> Counted:
    """Begin a cycle with `day` by the plan in force. Raises CheckInClosed without a plan."""
    row = _BEGIN.first(session, user_id=user_id, day=day)
    if row is None:
        raise CheckInClosed
    return _counted(row, None)


def _counted(row: Any, before: Progress | None) -> Counted:
    now = Progress(row.first_day, row.last_day, row.checked, row.best)
    return Counted(row.id, before, now, read_milestones(row.rewards))
