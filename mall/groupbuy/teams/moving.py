"""How a team moves on: it is formed, settled, failed, or gets another leader.

Whoever calls has locked the team's row. What the members' orders need is marked on the members
(`due`) in the same statement that moves the team; a job for each carries it out, and a sweep
finds what a lost job left.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.groupbuy.teams.events import TeamFailed, TeamFormed, TeamSettled
from mall.groupbuy.teams.metrics import TEAMS
from mall.groupbuy.teams.states import FAILED, FORMED, FORMING, SETTLED, Cause, note
from mall.kernel.events import publish
from mall.kernel.jobs import defer_many

CARRY_OUT = "groupbuy.carry_out"
"""The job that does what is due with a member's order (settlement)."""
AFTER_OTHERS = -1
"""The priority of its jobs: a large team keeps nobody else waiting."""
CLOSE_UNPAID = "groupbuy.close_unpaid"
"""The job that closes the unpaid orders of a team whose end was decided (settlement)."""

_FORM = text(
    """
    UPDATE groupbuy_teams SET status = 'formed', formed_at = clock_timestamp()
    WHERE id = :team_id AND status = 'forming' RETURNING activity_id
    """
)
_SETTLE = text(
    """
    UPDATE groupbuy_teams
    SET status = 'settled', closed_at = clock_timestamp(), tier_size = :tier_size
    WHERE id = :team_id AND status = 'formed' AND reserved = 0 RETURNING activity_id
    """
)
_FAIL = text(
    """
    UPDATE groupbuy_teams SET status = 'failed', closed_at = clock_timestamp()
    WHERE id = :team_id AND status = :status AND reserved = 0 RETURNING activity_id
    """
)
_DECIDE = text(
    """
    UPDATE groupbuy_teams
    SET verdict = :verdict, verdict_at = clock_timestamp(),
        verdict_by = CAST(:staff_id AS bigint), verdict_reason = :reason
    WHERE id = ANY(CAST(:team_ids AS bigint[]))
    RETURNING id, reserved
    """
)
_HAND_OVER = text(
    """
    UPDATE groupbuy_teams t SET leader_id = m.user_id
    FROM (
        SELECT user_id FROM groupbuy_members
        WHERE team_id = :team_id AND seat AND paid_at IS NOT NULL ORDER BY paid_at, id LIMIT 1
    ) m
    WHERE t.id = :team_id RETURNING t.id
    """
)
_FILL = text(
    """
    WITH of_team AS (
        UPDATE groupbuy_teams SET filled = filled + :seats WHERE id = :team_id RETURNING id
    )
    INSERT INTO groupbuy_fills (team_id, seats, staff_id)
    SELECT id, :seats, CAST(:staff_id AS bigint) FROM of_team
    """
)
_MARK = text(
    """
    UPDATE groupbuy_members SET due = :due, due_since = clock_timestamp(), due_tries = 0,
        due_error = NULL
    WHERE team_id = :team_id AND seat AND (:due <> 'refund' OR paid_at IS NOT NULL)
    RETURNING id
    """
)


def form(session: Session, team_id: int, cause: Cause, *, is_settled_next: bool = False) -> None:
    """A forming team stands: its members' orders are released, those not yet paid too.

    Of a team that `is_settled_next` they are released by that. Members aren't marked twice in a
    transaction: the second time PostgreSQL checks their foreign keys anew, and so waits, with the
    team locked, for whoever holds one of their orders and waits for the team.
    """
    activity_id = session.execute(_FORM, {"team_id": team_id}).scalar_one()
    note(session, team_id, FORMING, FORMED, cause)
    if not is_settled_next:
        _mark(session, team_id, "release")
    publish(session, TeamFormed(team_id, activity_id))


def fill(session: Session, team_id: int, seats: int, staff_id: int | None = None) -> None:
    """The shop takes so many seats itself: kept apart from those of shoppers."""
    session.execute(_FILL, {"team_id": team_id, "seats": seats, "staff_id": staff_id})


def settle(session: Session, team_id: int, tier_size: int, cause: Cause) -> None:
    """A formed team without unpaid orders is over: what it reached rules."""
    values = {"team_id": team_id, "tier_size": tier_size}
    activity_id = session.execute(_SETTLE, values).scalar_one()
    note(session, team_id, FORMED, SETTLED, cause)
    _mark(session, team_id, "settle")
    publish(session, TeamSettled(team_id, activity_id, tier_size))
    TEAMS.labels(SETTLED).inc()


def fail(session: Session, team_id: int, status: str, cause: Cause) -> None:
    """A team that isn't formed (`status`) and has no unpaid orders is over: who paid gets all
    of it back."""
    values = {"team_id": team_id, "status": status}
    activity_id = session.execute(_FAIL, values).scalar_one()
    note(session, team_id, status, FAILED, cause)
    _mark(session, team_id, "refund")
    publish(session, TeamFailed(team_id, activity_id, cause.name))
    TEAMS.labels(FAILED).inc()


def decide(session: Session, team_ids: Sequence[int], verdict: str, cause: Cause) -> None:
    """How teams shall end: nobody joins any more, and each ends once no order is unpaid. The
    step that ends it says who of the staff decided, and why."""
    values = {"verdict": verdict, "staff_id": cause.staff_id, "reason": cause.reason}
    decided = session.execute(_DECIDE, {"team_ids": list(team_ids), **values}).all()
    unpaid = [{"team_id": team.id} for team in decided if team.reserved]
    defer_many(session, CLOSE_UNPAID, unpaid)


def hand_over(session: Session, team_id: int) -> bool:
    """Let the member who paid first lead the team; False when nobody else has paid."""
    led = session.execute(_HAND_OVER, {"team_id": team_id}).first()
    if led is None:
        return False
    note(session, team_id, FORMING, FORMING, Cause("leader_left"))
    return True


def _mark(session: Session, team_id: int, due: str) -> None:
    marked = session.scalars(_MARK, {"team_id": team_id, "due": due}).all()
    jobs = [{"member_id": member_id} for member_id in sorted(marked)]
    defer_many(session, CARRY_OUT, jobs, priority=AFTER_OTHERS)
