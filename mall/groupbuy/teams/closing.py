"""When a team is over, and how: the one rule for the sweep, staff and a full team.

A team is closed once its time is up, it is full, or its end was decided, and no member's order
is unpaid: each is paid or closed first, whatever WeChat needs for that.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from sqlalchemy import TextClause, select, text
from sqlalchemy.orm import Session

from mall.groupbuy.activities.models import GroupActivity
from mall.groupbuy.activities.tiers import Tiers
from mall.groupbuy.teams.models import GroupTeam
from mall.groupbuy.teams.moving import fail, fill, form, settle
from mall.groupbuy.teams.seats import lock_team
from mall.groupbuy.teams.states import FAIL, FORM, FORMED, FORMING, Cause
from mall.kernel.db import transaction
from mall.kernel.failpoints import around_commit

BATCH = 50
_log = structlog.get_logger("mall.groupbuy")
# Why a team is due. Each is read from the beginning of a partial index of its own: a million open
# teams cost nothing here. That needs a clock that is read once.
_REASONS = ("expires_at <= (SELECT clock_timestamp())", "seats_left = 0", "verdict IS NOT NULL")
# The rows are locked as they are found: those that somebody holds don't count for the batch.
FIND_DUE = [
    text(
        f"""
        SELECT * FROM groupbuy_teams
        WHERE status IN ('forming', 'formed') AND reserved = 0 AND {reason}
          AND (expires_at, id) > (:expires_at, :id)
        ORDER BY expires_at, id LIMIT {BATCH} FOR NO KEY UPDATE SKIP LOCKED
        """  # noqa: S608 - words of our own
    )
    for reason in _REASONS
]
"""SQL: the next teams that are due for each reason, behind a time and an id."""
DUE = " UNION ALL ".join(
    f"""
    SELECT FROM groupbuy_teams
    WHERE status IN ('forming', 'formed') AND reserved = 0 AND {reason}
    """
    for reason in _REASONS
)
"""SQL: the teams that are due."""
FIRST = (datetime(1, 1, 1, tzinfo=UTC), 0)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a team ends: the tier that it reached, and how many seats the shop fills for it; no
    tier when it fails."""

    tier_size: int | None
    seats_filled: int = 0


def ending_of(team: GroupTeam, virtual_seats: int) -> Ending:
    """How a team without unpaid orders ends now. Pure.

    A formed team stands, whoever left since. Any other needs its first tier's members: paid, or
    filled by the shop, as far as the activity allows; staff who form it fill what is missing. A
    team that nobody paid for fails.
    """
    seats = team.paid + team.filled
    tiers = Tiers(tuple(team.sizes), {})
    if team.status == FORMED:
        return Ending(tiers.reached(seats))
    missing = max(0, team.min_size - seats)
    allowed = missing if team.verdict == FORM else virtual_seats
    if team.verdict == FAIL or team.paid == 0 or missing > allowed:
        return Ending(None)
    return Ending(tiers.reached(seats + missing), missing)


def close_team(session: Session, team: GroupTeam, cause: Cause) -> None:
    """End a locked team that is `forming` or `formed` and has no unpaid orders."""
    around_commit(session, "groupbuy.before_closing_commit", "groupbuy.after_closing_commit")
    virtual_seats = session.scalars(
        select(GroupActivity.virtual_seats).where(GroupActivity.id == team.activity_id)
    ).one()
    ending = ending_of(team, virtual_seats)
    if ending.tier_size is None:
        fail(session, team.id, FORMING, cause)
        return
    if ending.seats_filled:
        fill(session, team.id, ending.seats_filled, cause.staff_id)
    if team.status == FORMING:
        form(session, team.id, cause, is_settled_next=True)
    settle(session, team.id, ending.tier_size, cause)


def close_due_teams(seconds: float = math.inf) -> int:
    """Close all teams that are due, a batch a transaction, until the time is up; how many.

    Those that somebody holds come next time. One that can't be closed keeps no other waiting.
    """
    deadline, closed = time.monotonic() + seconds, 0
    for find in FIND_DUE:
        after: tuple[datetime, int] | None = FIRST
        while after is not None and time.monotonic() < deadline:
            done, after = _close_batch(find, after)
            closed += done
    return closed


def _close_batch(
    find: TextClause, after: tuple[datetime, int]
) -> tuple[int, tuple[datetime, int] | None]:
    """How many were closed of those behind `after`, and behind which others may be."""
    expires_at, team_id = after
    with transaction() as session:
        teams = session.scalars(
            select(GroupTeam).from_statement(find),
            {"expires_at": expires_at, "id": team_id},
            execution_options={"populate_existing": True},
        ).all()
        last = teams[-1] if len(teams) == BATCH else None
        behind = (last.expires_at, last.id) if last and last.expires_at else None
        return sum(_close(session, team) for team in teams), behind


def _close(session: Session, team: GroupTeam) -> bool:
    team_id = team.id
    try:
        with session.begin_nested():
            close_team(session, team, why_due(team))
    except Exception:
        _log.exception("a team can't be closed", team_id=team_id)
        return False
    return True


def close_full_team(team_id: int) -> None:
    """Close a team whose last seat was paid, if that is how it still stands."""
    with transaction() as session:
        team = lock_team(session, team_id)
        if team is not None and team.status in (FORMING, FORMED) and is_full(team):
            close_team(session, team, Cause("full"))


def is_full(team: GroupTeam) -> bool:
    """Every seat is taken, and none by an unpaid order."""
    return team.seats_left == 0 and team.reserved == 0


def why_due(team: GroupTeam) -> Cause:
    """The cause of a due team's end; of a decided one with who of the staff decided it."""
    if team.verdict is not None:
        return Cause("decided", team.verdict_reason, team.verdict_by)
    return Cause("full" if team.seats_left == 0 else "expired")
