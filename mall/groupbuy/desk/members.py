"""What staff do with one member: take the seat away, or try again what is stuck."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.groupbuy.desk.by_hand import staff_cause
from mall.groupbuy.errors import (
    GroupMemberNotFound,
    GroupNotMember,
    GroupTeamStands,
    GroupTeamUnpaid,
)
from mall.groupbuy.orders.leaving import give_back_seat
from mall.groupbuy.settlement.carrying_out import carry_out
from mall.groupbuy.teams.states import FORMING, OPENING, Cause, note
from mall.kernel.db import transaction
from mall.payments.closing import close_by_staff
from mall.staff.audit import record

REASON = "商家取消参团，全额退款"
"""What the shopper reads of the refund; staff's own reason stays with staff."""
REMOVED = "member_removed"
_log = structlog.get_logger("mall.groupbuy")
_FIND = text(
    """
    SELECT m.id, m.team_id, m.user_id, m.order_id, m.seat, m.due, m.due_tries, m.due_error,
        o.order_no, o.status, a.leader_leaves, t.status AS team_status
    FROM groupbuy_members m JOIN orders o ON o.id = m.order_id
    JOIN groupbuy_teams t ON t.id = m.team_id JOIN groupbuy_activities a ON a.id = m.activity_id
    WHERE m.id = :member_id
    """
)


def remove_member(team_id: int, member_id: int, reason: str) -> None:
    """Free the seat of a member of a forming team: an unpaid order is closed (WeChat is asked
    first), a paid one refunded in full.

    A leader who is removed hands the team over, or the team ends, as if they had left. Of one
    who has no seat any more nothing changes. Raises GroupMemberNotFound, GroupTeamUnpaid for a
    team without a paid leader, GroupTeamStands for one that is formed or over, and what closing
    an unpaid order raises.
    """
    with transaction() as session:
        found = _member(session, member_id)
    if found.team_id != team_id:
        raise GroupMemberNotFound
    if found.team_status == OPENING:
        raise GroupTeamUnpaid
    if found.team_status != FORMING:
        raise GroupTeamStands
    if not found.seat:
        return
    if found.status == "unpaid":
        close_by_staff(found.order_no, reason)
        return
    # Who left meanwhile is gone, as was asked.
    with suppress(GroupNotMember), transaction() as session:
        give_back_seat(session, found, REASON)
        cause = staff_cause(reason)
        removed = Cause(REMOVED, reason, cause.staff_id)
        note(session, team_id, FORMING, FORMING, removed)
        _audit(session, "group_member.remove", found, {"seat": True}, {"reason": reason})


def retry_member(member_id: int) -> None:
    """Do now what is due with a member's order. What refuses again is kept with the member.

    Raises GroupMemberNotFound. Nothing is due: nothing is done.
    """
    with transaction() as session:
        found = _member(session, member_id)
        if found.due is None:
            return
        before = {"due": found.due, "tries": found.due_tries, "error": found.due_error}
        _audit(session, "group_member.retry", found, before, {})
    try:
        carry_out(member_id)
    except Exception:
        _log.exception("a member's order still isn't settled", member_id=member_id)


def _member(session: Session, member_id: int) -> Any:
    found = session.execute(_FIND, {"member_id": member_id}).one_or_none()
    if found is None:
        raise GroupMemberNotFound
    return found


def _audit(
    session: Session, action: str, found: Any, before: dict[str, Any], after: dict[str, Any]
) -> None:
    record(
        session,
        action=action,
        target_type="group_member",
        target_id=found.id,
        before={"team_id": found.team_id, "order_no": found.order_no, **before},
        after=after,
    )
