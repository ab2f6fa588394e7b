"""The states of a team: the table of what may follow what, and its history.

A team is opened with its leader's unpaid order (`opening`), takes members from the leader's
payment on (`forming`), stands once enough have paid (`formed`), and is over when its tier is
settled (`settled`) or everybody gets the money back (`failed`).
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import insert
from sqlalchemy.orm import Session

from mall.groupbuy.teams.models import GroupTransition

OPENING, FORMING, FORMED, SETTLED, FAILED = "opening", "forming", "formed", "settled", "failed"
STATUSES = (OPENING, FORMING, FORMED, SETTLED, FAILED)
OPEN = (OPENING, FORMING, FORMED)
"""The team isn't over."""
OPEN_SQL = "('opening', 'forming', 'formed')"
TRANSITIONS: dict[str | None, frozenset[str]] = {
    None: frozenset({OPENING}),
    OPENING: frozenset({FORMING, FAILED}),
    # A leader hands the team over.
    FORMING: frozenset({FORMING, FORMED, FAILED}),
    FORMED: frozenset({SETTLED}),
    SETTLED: frozenset(),
    FAILED: frozenset(),
}
FORM, FAIL = "form", "fail"
"""Verdicts: how a team that nobody joins any more shall end."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a team moves: `leader_paid`, `enough_paid`, `expired`, `staff`, … Staff say a reason."""

    name: str
    reason: str | None = None
    staff_id: int | None = None


def note(
    session: Session, team_id: int, from_status: str | None, to_status: str, cause: Cause
) -> None:
    """Write a step into a team's history, in the transaction that makes it.

    Raises ValueError for a step that isn't in the table: a fault of the caller.
    """
    if to_status not in TRANSITIONS[from_status]:
        raise ValueError(f"a team doesn't go from {from_status} to {to_status}")
    session.execute(
        insert(GroupTransition).values(
            team_id=team_id,
            from_status=from_status,
            to_status=to_status,
            cause=cause.name,
            reason=cause.reason,
            staff_id=cause.staff_id,
        )
    )
