"""One team as staff see it: its members with their orders, its history, the shop's seats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from mall.groupbuy.desk.queries import TEAM
from mall.groupbuy.errors import GroupMemberNotFound, GroupTeamNotFound
from mall.groupbuy.teams.models import GroupTeam
from mall.kernel.http.paging import MAX_PAGE

_TEAM = text(
    f"""
    SELECT {TEAM}, a.mode FROM groupbuy_teams t JOIN groupbuy_activities a ON a.id = t.activity_id
    WHERE t.id = :team_id
    """  # noqa: S608 - columns of our own
)
MEMBER = """
    SELECT m.id, m.team_id, m.user_id, m.user_id = t.leader_id AS is_leader, o.order_no,
        o.status AS order_status, m.sku_id, m.units, m.unit_price_fen, m.seat, m.is_new,
        m.created_at, m.paid_at, m.left_at, m.due, m.due_since, m.due_tries, m.due_error,
        m.difference_fen, o.payable_fen, o.paid_fen, o.refunding_fen, o.refunded_fen
    FROM groupbuy_members m JOIN groupbuy_teams t ON t.id = m.team_id
    JOIN orders o ON o.id = m.order_id
"""
_MEMBERS = text(f"{MEMBER} WHERE m.team_id = :team_id AND m.id > :after ORDER BY m.id LIMIT :rows")
_ONE_MEMBER = text(f"{MEMBER} WHERE m.id = :member_id")
# The last steps: members who are removed may be many.
_HISTORY = text(
    """
    SELECT h.from_status, h.to_status, h.cause, h.reason, h.staff_id, s.username AS staff,
        h.created_at
    FROM (
        SELECT * FROM groupbuy_transitions WHERE team_id = :team_id ORDER BY id DESC LIMIT 200
    ) h
    LEFT JOIN staff_members s ON s.id = h.staff_id
    ORDER BY h.id
    """
)
_FILLS = text(
    """
    SELECT f.seats, f.staff_id, s.username AS staff, f.created_at
    FROM groupbuy_fills f LEFT JOIN staff_members s ON s.id = f.staff_id
    WHERE f.team_id = :team_id ORDER BY f.id
    """
)


@dataclass(frozen=True, slots=True)
class TeamView:
    """A team, its first members, its history, and the seats that the shop filled."""

    team: Row[Any]
    members: Sequence[Row[Any]]
    history: Sequence[Row[Any]]
    fills: Sequence[Row[Any]]


def team_view(session: Session, team_id: int) -> TeamView:
    """One team. Raises GroupTeamNotFound."""
    values = {"team_id": team_id}
    team = session.execute(_TEAM, values).one_or_none()
    if team is None:
        raise GroupTeamNotFound
    return TeamView(
        team,
        members(session, team_id, after=0, rows=MAX_PAGE),
        session.execute(_HISTORY, values).all(),
        session.execute(_FILLS, values).all(),
    )


def members(session: Session, team_id: int, *, after: int, rows: int) -> Sequence[Row[Any]]:
    """A team's members, also those who left, the first first, after id `after`. Raises
    GroupTeamNotFound."""
    if session.get(GroupTeam, team_id) is None:
        raise GroupTeamNotFound
    values = {"team_id": team_id, "after": after, "rows": rows}
    return session.execute(_MEMBERS, values).all()


def member(session: Session, member_id: int) -> Row[Any]:
    """One member. Raises GroupMemberNotFound."""
    found = session.execute(_ONE_MEMBER, {"member_id": member_id}).one_or_none()
    if found is None:
        raise GroupMemberNotFound
    return found
