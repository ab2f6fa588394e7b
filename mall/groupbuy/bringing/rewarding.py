"""A leader's reward for a new customer: promised when the seat is paid, given when the order is
settled, taken back with the order.

What has to be done follows from how the order and its team stand, under the lock of the ground
(`docs/rewards.md`), so events may come in any order, and twice.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.groupbuy.teams.events import TeamMemberPaid
from mall.groupbuy.teams.states import FAILED
from mall.kernel.errors import MallError
from mall.kernel.prepared import PreparedStatement
from mall.orders.states import CLOSED
from mall.rewards.confirming import confirm_for
from mall.rewards.granting import Source, grant
from mall.rewards.grounds import lock_ground
from mall.rewards.reversing import WHOLE, reverse_for

NONE = Fraction(0)
# A refund that is on its way counts when it has arrived, or when the order is settled.
_STANDS = PreparedStatement(
    """
    SELECT m.order_id, m.team_id, a.leader_rule_id, t.status AS team_status, o.status,
        o.settled_at, o.refunding_fen, l.quantity, l.refunded_quantity
    FROM orders o JOIN groupbuy_members m ON m.order_id = o.id
    JOIN order_lines l ON l.order_id = o.id AND l.position = 1
    JOIN groupbuy_teams t ON t.id = m.team_id
    JOIN groupbuy_activities a ON a.id = m.activity_id
    WHERE o.order_no = CAST(:order_no AS text) AND a.leader_rule_id IS NOT NULL
    """
)
_COUNT = text(
    """
    INSERT INTO groupbuy_brought (order_id, team_id, leader_id, user_id, rule_id)
    VALUES (:order_id, :team_id, :leader_id, :user_id, :rule_id)
    ON CONFLICT DO NOTHING RETURNING order_id
    """
)
_OUTCOME = text(
    """
    UPDATE groupbuy_brought SET grant_id = :grant_id, refusal = :refusal
    WHERE order_id = :order_id
    """
)


def ground_of(order_no: str) -> str:
    """What the reward for bringing this order's shopper stands on."""
    return f"groupbuy:{order_no}"


def event_of(order_no: str) -> str:
    """What it is given for, once."""
    return f"groupbuy:new:{order_no}"


def promise(session: Session, event: TeamMemberPaid) -> None:
    """Promise the leader of that moment the activity's reward for a new customer, once.

    A rule that refuses is kept with its code, for staff to see; the shopper hears nothing.
    """
    if not event.is_new or event.user_id == event.leader_id:
        return
    lock_ground(session, ground_of(event.order_no))
    found = _STANDS.first(session, order_no=event.order_no)
    if found is None or share_gone(found) == WHOLE:
        return
    row = {
        "order_id": found.order_id,
        "team_id": event.team_id,
        "leader_id": event.leader_id,
        "user_id": event.user_id,
        "rule_id": found.leader_rule_id,
    }
    if session.execute(_COUNT, row).first() is None:  # again, or brought to another team before
        return
    session.execute(_OUTCOME, {"order_id": found.order_id, **_try(session, event, found)})
    keep(session, event.order_no, cause=event.name)


def keep(session: Session, order_no: str, *, cause: str, gone: Fraction = NONE) -> None:
    """Bring the reward for an order to where it should be. `gone` is the share of its units that
    came back at least, of an event. Nothing happens for an order that brought nobody."""
    ground = ground_of(order_no)
    lock_ground(session, ground)
    found = _STANDS.first(session, order_no=order_no)
    if found is None:
        return
    gone = max(gone, share_gone(found))
    if gone:
        reverse_for(session, ground, cause=cause, share=gone)
    if found.settled_at is not None:
        confirm_for(session, ground, cause=cause)


def share_gone(found: Any) -> Fraction:
    """The share of the order's units that surely came back; all of them when the team failed."""
    if found.team_status == FAILED or found.status == CLOSED:
        return WHOLE
    if found.refunding_fen:
        return NONE
    return Fraction(found.refunded_quantity, found.quantity)


def _try(session: Session, event: TeamMemberPaid, found: Any) -> dict[str, Any]:
    order_no = event.order_no
    source = Source(found.leader_rule_id, event_of(order_no), ground_of(order_no))
    try:
        with session.begin_nested():
            waits = found.settled_at is None  # else the order was faster than this event
            made = grant(session, event.leader_id, source, pending=waits)
    except MallError as refused:
        return {"grant_id": None, "refusal": refused.code}
    return {"grant_id": made.id, "refusal": None}
