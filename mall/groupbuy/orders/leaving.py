"""Leaving a team that isn't formed: the seat is free at once, the money comes back in full."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.groupbuy.activities.models import HAND_OVER
from mall.groupbuy.errors import GroupNotMember, GroupTeamStands
from mall.groupbuy.orders.claiming import give_up_seat
from mall.groupbuy.teams.moving import decide, hand_over
from mall.groupbuy.teams.seats import lock_team
from mall.groupbuy.teams.states import FAIL, FORMING, Cause
from mall.kernel.db import transaction
from mall.kernel.failpoints import around_commit
from mall.orders.locking import lock_order
from mall.payments.closing import cancel_order
from mall.payments.refunds.causing import refund_in_full

REASON = "退出拼团"
_SEAT = text(
    """
    SELECT m.id, m.team_id, m.user_id, m.order_id, o.order_no, o.status, a.leader_leaves
    FROM groupbuy_members m JOIN orders o ON o.id = m.order_id
    JOIN groupbuy_activities a ON a.id = m.activity_id
    WHERE m.team_id = :team_id AND m.user_id = :user_id AND m.seat
    """
)


def leave_team(user_id: int, team_id: int) -> None:
    """Give up a shopper's seat: an unpaid order is closed, a paid one refunded in full.

    A leader hands the team over to the member who paid first, or the team ends, as the activity
    says; it ends, too, when nobody else has paid. Raises GroupNotMember, GroupTeamStands for a
    team that is formed or over, and what closing an unpaid order raises.
    """
    with transaction() as session:
        found = _seat(session, team_id, user_id)
    if found.status == "unpaid":
        cancel_order(user_id, found.order_no)
        return
    with transaction() as session:
        around_commit(session, "groupbuy.before_leaving_commit", "groupbuy.after_leaving_commit")
        give_back_seat(session, found, REASON)


def give_back_seat(session: Session, found: Any, reason: str) -> None:
    """Free a paid seat (`id`, `team_id`, `user_id`, `order_no`, `leader_leaves`) and refund its
    order, in the caller's transaction. Raises GroupNotMember, GroupTeamStands."""
    lock_order(session, found.order_no)
    team = lock_team(session, found.team_id)
    if team is None or team.status != FORMING or team.verdict is not None:
        raise GroupTeamStands
    if give_up_seat(session, found.order_id) is None:
        raise GroupNotMember
    refund_in_full(session, found.order_no, f"groupbuy:leave:{found.id}", reason)
    if team.leader_id != found.user_id:
        return
    if found.leader_leaves != HAND_OVER or not hand_over(session, team.id):
        decide(session, [team.id], FAIL, Cause("leader_left"))


def _seat(session: Session, team_id: int, user_id: int) -> Any:
    found = session.execute(_SEAT, {"team_id": team_id, "user_id": user_id}).one_or_none()
    if found is None:
        raise GroupNotMember
    return found
