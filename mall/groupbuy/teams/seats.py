"""Seats: each is paid and freed by one statement on the team's row; `orders.taking` takes them.

The row is locked by whoever calls (the participant's `lock`). A payment only counts the seat
that its order holds; it never asks anew whether there is one.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.groupbuy.teams.models import GroupTeam
from mall.groupbuy.teams.states import OPEN_SQL
from mall.kernel.prepared import PreparedStatement

LAST_CALL_S = 90
"""Nobody joins in a team's last seconds: there would be no time to pay. WeChat takes no payment
that ends within a minute, and the shopper needs a moment to press."""

_LOCK_JOINABLE = text(
    f"""
    SELECT t.id FROM groupbuy_teams t
    WHERE t.id = :team_id AND t.status IN ('forming', 'formed') AND t.verdict IS NULL
      AND t.seats_left > 0
      AND t.expires_at > clock_timestamp() + make_interval(secs => {LAST_CALL_S})
    FOR NO KEY UPDATE
    """  # noqa: S608 - a number of our own
)
_PAY = PreparedStatement(
    """
    UPDATE groupbuy_teams t SET reserved = t.reserved - 1, paid = t.paid + 1,
        status = CASE WHEN t.status = 'opening' THEN 'forming' ELSE t.status END,
        expires_at = coalesce(
            t.expires_at, clock_timestamp() + make_interval(mins => a.team_open_min)
        )
    FROM groupbuy_teams old, groupbuy_activities a
    WHERE t.id = :team_id AND old.id = t.id AND a.id = t.activity_id
    RETURNING t.id, t.activity_id, t.leader_id, t.status, t.verdict, t.min_size, t.reserved,
        t.paid, t.filled, t.seats_left, old.status AS was
    """
)
_FREE = text(
    f"""
    UPDATE groupbuy_teams t
    SET reserved = t.reserved - CAST(:reserved AS int), paid = t.paid - CAST(:paid AS int)
    WHERE t.id = :team_id AND t.status IN {OPEN_SQL}
    RETURNING t.status
    """  # noqa: S608 - words of our own
)


def lock_joinable(session: Session, team_id: int) -> bool:
    """Lock a team in which a seat can be taken, so that the next statement can take it. False,
    and nothing is locked, when there is none now."""
    with session.begin_nested() as savepoint:
        if session.execute(_LOCK_JOINABLE, {"team_id": team_id}).first() is not None:
            return True
        # Who looked in vain may hold the row all the same, and would wait for the next with it.
        savepoint.rollback()
        return False


def pay_seat(session: Session, team_id: int) -> Any:
    """A reserved seat was paid; the first of a team opens it. The team's row, and what it `was`."""
    team = _PAY.first(session, team_id=team_id)
    if team is None:
        raise LookupError(f"no team {team_id}")
    return team


def free_seat(session: Session, team_id: int, *, was_paid: bool) -> str | None:
    """A seat can be taken again; the team's status. None when the team is over."""
    values = {"team_id": team_id, "reserved": int(not was_paid), "paid": int(was_paid)}
    freed = session.execute(_FREE, values).one_or_none()
    return freed.status if freed else None


def lock_team(session: Session, team_id: int) -> GroupTeam | None:
    """A team, locked until the commit; None when there is none."""
    return session.get(
        GroupTeam, team_id, with_for_update={"key_share": True}, populate_existing=True
    )
