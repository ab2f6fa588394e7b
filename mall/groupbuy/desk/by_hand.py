"""Staff form a team, or fail it, by hand; each says why, and leaves an audit row.

The team's row is locked, so a payment, a member who leaves and the sweep come before or after,
never in between. Asking again changes nothing.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from mall.groupbuy.errors import GroupTeamNotFound, GroupTeamStands
from mall.groupbuy.teams.models import GroupTeam
from mall.groupbuy.teams.moving import decide, fill, form
from mall.groupbuy.teams.seats import lock_team
from mall.groupbuy.teams.states import FAIL, FAILED, FORMED, FORMING, OPENING, Cause
from mall.kernel.db import transaction
from mall.kernel.failpoints import around_commit
from mall.staff.audit import record, staff_of_request

STAFF = "staff"


def staff_cause(reason: str) -> Cause:
    """That the staff member of this request moved a team, and why."""
    staff = staff_of_request()
    return Cause(STAFF, reason, staff.staff_id if staff else None)


def form_team(team_id: int, reason: str) -> None:
    """Form a team now: the shop takes the seats that are missing.

    Seats of unpaid orders aren't filled: they may be paid still. The team goes on to take
    members until it expires. One that is formed already stays as it is. Raises
    GroupTeamNotFound, GroupTeamStands for a team that isn't forming, or whose end was decided.
    """
    with transaction() as session:
        team = _locked(session, team_id)
        if team.status == FORMED:
            return
        if team.status != FORMING or team.verdict is not None:
            raise GroupTeamStands
        around_commit(session, "groupbuy.before_by_hand_commit", "groupbuy.after_by_hand_commit")
        cause = staff_cause(reason)
        if team.missing:
            fill(session, team.id, team.missing, cause.staff_id)
        form(session, team.id, cause)
        _audit(session, "group_team.form", team, reason, filled=team.filled + team.missing)


def fail_team(team_id: int, reason: str) -> None:
    """End a team that isn't formed: everybody gets the money back once no order is unpaid.

    Nobody joins any more from now on. Raises GroupTeamNotFound, GroupTeamStands for a team that
    is formed or settled, or that shall be formed.
    """
    with transaction() as session:
        team = _locked(session, team_id)
        if team.status == FAILED or team.verdict == FAIL:
            return
        if team.status not in (OPENING, FORMING) or team.verdict is not None:
            raise GroupTeamStands
        around_commit(session, "groupbuy.before_by_hand_commit", "groupbuy.after_by_hand_commit")
        decide(session, [team.id], FAIL, staff_cause(reason))
        _audit(session, "group_team.fail", team, reason, verdict=FAIL)


def _locked(session: Session, team_id: int) -> GroupTeam:
    team = lock_team(session, team_id)
    if team is None:
        raise GroupTeamNotFound
    return team


def _audit(session: Session, action: str, team: GroupTeam, reason: str, **after: int | str) -> None:
    before = {
        "status": team.status,
        "reserved": team.reserved,
        "paid": team.paid,
        "filled": team.filled,
    }
    record(
        session,
        action=action,
        target_type="group_team",
        target_id=team.id,
        before=before,
        after={"reason": reason, **after},
    )
