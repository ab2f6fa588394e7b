"""Telling members what became of their team: batch by batch, each once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.groupbuy.reminders.kinds import DIFFERENCE, FAILED_NEWS, FORMED_NEWS, JOINED
from mall.groupbuy.teams.events import TeamFailed, TeamFormed, TeamMemberPaid, TeamSettled
from mall.kernel.db import transaction
from mall.kernel.jobs import defer, job
from mall.messages.sending import send_soon, send_soon_to

BATCH = 500
FIRST_JOINERS = 10
"""A leader hears of so many who join; of a larger team the page tells."""
TELL_MEMBERS = "groupbuy.tell_members"
_MEMBERS = text(
    """
    SELECT id, user_id FROM groupbuy_members
    WHERE team_id = :team_id AND id > :after AND seat AND paid_at IS NOT NULL
    ORDER BY id LIMIT :batch
    """
)
_GROWING = text(
    """
    SELECT expires_at FROM groupbuy_teams
    WHERE id = :team_id AND leader_id = :leader_id AND status = 'forming' AND verdict IS NULL
      AND paid <= :most
    """
)
# Whether anything comes back at all: the tiers have prices of their own.
_REACHED_MORE = text(
    """
    SELECT t.tier_size > t.min_size FROM groupbuy_teams t
    JOIN groupbuy_activities a ON a.id = t.activity_id
    WHERE t.id = :team_id AND a.mode = 'difference'
    """
)


def tell_of_forming(session: Session, event: TeamFormed) -> None:
    """Each member who has paid: the goods will be sent."""
    tell_members(session, FORMED_NEWS.name, event.team_id)


def tell_of_failing(session: Session, event: TeamFailed) -> None:
    """Each member who has paid: the money comes back."""
    tell_members(session, FAILED_NEWS.name, event.team_id)


def tell_of_difference(session: Session, event: TeamSettled) -> None:
    """Each member, when more than the first tier was reached: what comes back."""
    if session.scalar(_REACHED_MORE, {"team_id": event.team_id}):
        tell_members(session, DIFFERENCE.name, event.team_id)


def tell_leader(session: Session, event: TeamMemberPaid) -> None:
    """The leader of a team that isn't complete: somebody has joined. Of use until its end."""
    values = {
        "team_id": event.team_id,
        "leader_id": event.leader_id,
        "most": FIRST_JOINERS + 1,
    }
    team = session.execute(_GROWING, values).one_or_none()
    if team is not None:
        ref = f"{event.team_id}:{event.order_no}"
        send_soon(session, JOINED.name, ref, event.leader_id, good_until=team.expires_at)


def tell_members(
    session: Session,
    kind: str,
    team_id: int,
    *,
    after: int = 0,
    good_until: datetime | None = None,
) -> None:
    """Tell the next members of a team, and let a job tell those after them."""
    values = {"team_id": team_id, "after": after, "batch": BATCH}
    members = session.execute(_MEMBERS, values).all()
    users = [one.user_id for one in members]
    if users:
        send_soon_to(session, kind, str(team_id), users, good_until=good_until)
    if len(members) == BATCH:
        rest: dict[str, Any] = {"kind": kind, "team_id": team_id, "after": members[-1].id}
        if good_until is not None:
            rest["good_until"] = good_until.isoformat()
        defer(session, TELL_MEMBERS, **rest)


@job(TELL_MEMBERS)
def tell_more_members(*, kind: str, team_id: int, after: int, good_until: str = "") -> None:
    """The next batch of a large team; twice is once."""
    until = datetime.fromisoformat(good_until) if good_until else None
    with transaction() as session:
        tell_members(session, kind, team_id, after=after, good_until=until)
