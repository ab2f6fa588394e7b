"""Reminding members of a team that is nearly complete and ends soon: once a team.

Which teams are due is read by an index, so open teams that aren't due cost nothing.
"""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import text

from mall.groupbuy.reminders.kinds import ENDING
from mall.groupbuy.reminders.settings import REMIND_MISSING, REMIND_WITHIN_MIN
from mall.groupbuy.reminders.telling import tell_members
from mall.groupbuy.teams.seats import LAST_CALL_S
from mall.kernel.db import transaction
from mall.kernel.jobs import SWEEP, job

BATCH = 200
BUDGET_S = 20.0
# A short team isn't reminded as soon as it is open, but in the second half of its time.
_DUE = f"""
    t.status = 'forming' AND t.reminded_at IS NULL AND t.verdict IS NULL
    AND t.missing = ANY(CAST(:missing AS int[]))
    AND t.expires_at > (SELECT clock_timestamp()) + make_interval(secs => {LAST_CALL_S})
    AND t.expires_at <= (SELECT clock_timestamp()) + make_interval(mins => :within_min)
    AND a.id = t.activity_id
    AND t.expires_at <= (SELECT clock_timestamp()) + make_interval(mins => a.team_open_min) / 2
"""
FIND_DUE = text(
    f"""
    SELECT t.id FROM groupbuy_teams t, groupbuy_activities a
    WHERE {_DUE} ORDER BY t.expires_at, t.id LIMIT {BATCH}
    """  # noqa: S608 - words of our own
)
_CLAIM = text(
    f"""
    UPDATE groupbuy_teams t SET reminded_at = clock_timestamp() FROM groupbuy_activities a
    WHERE t.id = :team_id AND {_DUE}
    RETURNING t.expires_at
    """  # noqa: S608 - words of our own
)
# As soon as the setting may say at most: a look can't read settings.
_SOON = f"""
    SELECT FROM groupbuy_teams WHERE status = 'forming' AND reminded_at IS NULL
      AND expires_at <= now() + interval '{REMIND_WITHIN_MIN.shape["at_most"]} minutes'
"""


@job("groupbuy.remind_members", retry=SWEEP, cron="* * * * * */30", look=_SOON)
def remind_members() -> None:
    """Remind the members of every team that is due, for some seconds."""
    deadline = time.monotonic() + BUDGET_S
    while remind_batch() == BATCH and time.monotonic() < deadline:
        pass


def remind_batch() -> int:
    """Remind the members of a batch of teams, each in a transaction; how many were found."""
    missing = list(range(1, REMIND_MISSING.get() + 1))
    due = {"missing": missing, "within_min": REMIND_WITHIN_MIN.get()}
    with transaction() as session:
        found = session.scalars(FIND_DUE, due).all()
    for team_id in found:
        _remind(team_id, due)
    return len(found)


def _remind(team_id: int, due: dict[str, Any]) -> None:
    """Whoever comes second finds the team reminded."""
    with transaction() as session:
        ends_at = session.scalar(_CLAIM, {**due, "team_id": team_id})
        if ends_at is not None:
            tell_members(session, ENDING.name, team_id, good_until=ends_at)
