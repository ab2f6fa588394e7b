"""Lists of teams for staff. Each is read from an index, however many teams there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from mall.groupbuy.teams.states import OPEN_SQL, STATUSES
from mall.kernel.clock import from_microseconds

DUE_SOON = "due_soon"
STATES = (*STATUSES, DUE_SOON)
"""What staff ask for: a team's status, or open teams whose end is near."""
TEAM = f"""
    t.id, t.code, t.activity_id, a.name AS activity_name, t.leader_id, t.status, t.verdict,
    t.sizes, t.min_size, t.max_size, t.reserved, t.paid, t.filled, t.missing, t.seats_left,
    t.tier_size, t.created_at, t.expires_at, t.formed_at, t.closed_at,
    CASE WHEN t.status IN {OPEN_SQL} AND t.expires_at IS NOT NULL THEN
        CAST(greatest(0, extract(epoch FROM t.expires_at - clock_timestamp())) AS bigint)
    END AS time_left_s
"""
_ROWS = f"SELECT {TEAM} FROM groupbuy_teams t JOIN groupbuy_activities a ON a.id = t.activity_id"  # noqa: S608
_ALL = text(f"{_ROWS} WHERE t.id < :before ORDER BY t.id DESC LIMIT :rows")
# The index of leaders finds a shopper's few teams.
_OF_LEADER = text(
    f"""
    {_ROWS} WHERE t.leader_id = :leader_id AND t.id < :before
      AND (CAST(:activity_id AS bigint) IS NULL OR t.activity_id = :activity_id)
      AND t.status = ANY(CAST(:statuses AS text[]))
    ORDER BY t.id DESC LIMIT :rows
    """
)
# Of each activity and status the index gives its newest teams in order; then these are merged.
_OF_ACTIVITIES = text(
    f"""
    SELECT {TEAM}
    FROM groupbuy_activities a CROSS JOIN unnest(CAST(:statuses AS text[])) wanted (status)
    CROSS JOIN LATERAL (
        SELECT * FROM groupbuy_teams one
        WHERE one.activity_id = a.id AND one.status = wanted.status AND one.id < :before
        ORDER BY one.activity_id DESC, one.status DESC, one.id DESC LIMIT :rows
    ) t
    WHERE a.status <> 'draft' AND (CAST(:activity_id AS bigint) IS NULL OR a.id = :activity_id)
    ORDER BY t.id DESC LIMIT :rows
    """  # noqa: S608 - words of our own
)
# A condition on nothing (NULL) is gone before the plan is made.
_DUE_SOON = text(
    f"""
    {_ROWS} WHERE t.status IN ('forming', 'formed')
      AND t.expires_at < now() + make_interval(mins => :within_min)
      AND t.expires_at >= :after_at AND (t.expires_at, t.id) > (:after_at, :after_id)
      AND (CAST(:activity_id AS bigint) IS NULL OR t.activity_id = :activity_id)
      AND (CAST(:leader_id AS bigint) IS NULL OR t.leader_id = :leader_id)
    ORDER BY t.expires_at, t.id LIMIT :rows
    """
)
NEWEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class TeamFilter:
    """What staff look for; each part narrows. `within_min` is of teams that are due soon."""

    state: str | None = None
    activity_id: int | None = None
    leader_id: int | None = None
    within_min: int = 120

    @property
    def by_expiry(self) -> bool:
        """The list goes by expiry, the first to expire first; else the newest teams first."""
        return self.state == DUE_SOON


def teams(
    session: Session, wanted: TeamFilter, *, before: int | None, rows: int
) -> Sequence[Row[Any]]:
    """Teams that fit, newest first, older than id `before`: at most so many rows."""
    values = {
        "activity_id": wanted.activity_id,
        "leader_id": wanted.leader_id,
        "statuses": list(STATUSES) if wanted.state is None else [wanted.state],
        "before": NEWEST if before is None else before,
        "rows": rows,
    }
    if wanted.leader_id is not None:
        return session.execute(_OF_LEADER, values).all()
    if wanted.state is None and wanted.activity_id is None:
        return session.execute(_ALL, values).all()
    return session.execute(_OF_ACTIVITIES, values).all()


def teams_due_soon(
    session: Session, wanted: TeamFilter, *, after: Sequence[int] | None, rows: int
) -> Sequence[Row[Any]]:
    """Open teams that expire within so many minutes, the first first. `after`: (microseconds,
    id) of the last row of the page before."""
    after_us, after_id = after or (0, 0)
    values = {
        "activity_id": wanted.activity_id,
        "leader_id": wanted.leader_id,
        "within_min": wanted.within_min,
        "after_at": from_microseconds(after_us),
        "after_id": after_id,
        "rows": rows,
    }
    return session.execute(_DUE_SOON, values).all()
