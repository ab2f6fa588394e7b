"""Ending an activity early: no new teams from that moment, and a decision for the open ones.

Openings are locked out: a team is opened before, and has its decision like all others, or not at
all. Teams get their verdicts batch by batch in a job.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from mall.groupbuy.activities.models import DRAFT, STARTED, GroupActivity
from mall.groupbuy.activities.openings import lock_out_openings
from mall.groupbuy.activities.saving import locked_activity
from mall.groupbuy.desk.models import GroupEnding
from mall.groupbuy.errors import GroupActivityNotStarted, GroupTeamNotFound
from mall.groupbuy.teams.models import GroupTeam
from mall.kernel.db import transaction
from mall.kernel.failpoints import around_commit
from mall.kernel.jobs import defer
from mall.staff.audit import record, staff_of_request

DECIDE = "groupbuy.decide_open_teams"
"""The job that gives the open teams of an ended activity their verdicts."""
_END = text(
    """
    UPDATE groupbuy_activities
    SET status = 'ended', ended_at = clock_timestamp(), end_reason = :reason
    WHERE id = :activity_id AND status = 'started'
    """
)


def end_early(
    activity_id: int, decision: str, reason: str, exceptions: Mapping[int, str] | None = None
) -> None:
    """End an activity; its open teams `run`, `form` or `refund`, but for `exceptions` by team.

    Asked again in the same words, nothing changes. An activity that has ended may get a further
    decision: for teams that are open still and have no verdict. Raises GroupActivityNotFound,
    GroupActivityNotStarted for a draft, GroupTeamNotFound for an exception that isn't its team.
    """
    named = {str(team_id): one for team_id, one in (exceptions or {}).items()}
    with transaction() as session:
        activity = _locked(session, activity_id)
        _check_teams(session, activity_id, exceptions or {})
        if _is_said(session, activity_id, decision, reason, named):
            return
        around_commit(session, "groupbuy.before_ending_commit", "groupbuy.after_ending_commit")
        if activity.status == STARTED:
            session.execute(_END, {"activity_id": activity_id, "reason": reason})
        staff = staff_of_request()
        ending = GroupEnding(
            activity_id=activity_id,
            decision=decision,
            exceptions=named,
            reason=reason,
            staff_id=staff.staff_id if staff else None,
        )
        session.add(ending)
        session.flush()
        defer(session, DECIDE, lock=f"groupbuy.ending:{activity_id}", ending_id=ending.id)
        record(
            session,
            action="group_activity.end",
            target_type="group_activity",
            target_id=activity_id,
            before={"status": activity.status},
            after={"decision": decision, "reason": reason, "exceptions": named},
        )


def last_ending(session: Session, activity_id: int) -> GroupEnding | None:
    """The last decision of staff about an activity's open teams."""
    return session.scalars(
        select(GroupEnding)
        .where(GroupEnding.activity_id == activity_id)
        .order_by(GroupEnding.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    ).first()


def _locked(session: Session, activity_id: int) -> GroupActivity:
    lock_out_openings(session, activity_id)
    activity = locked_activity(session, activity_id)
    if activity.status == DRAFT:
        raise GroupActivityNotStarted
    return activity


def _check_teams(session: Session, activity_id: int, exceptions: Mapping[int, str]) -> None:
    known = session.scalar(
        select(func.count()).where(
            GroupTeam.id.in_(list(exceptions)), GroupTeam.activity_id == activity_id
        )
    )
    if known != len(exceptions):
        raise GroupTeamNotFound(param="exceptions")


def _is_said(
    session: Session, activity_id: int, decision: str, reason: str, exceptions: dict[str, str]
) -> bool:
    last = last_ending(session, activity_id)
    if last is None:
        return False
    return (last.decision, last.reason, last.exceptions) == (decision, reason, exceptions)
