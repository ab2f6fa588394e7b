"""Chances of the members of a settled team: one an order, and gone with an order that came back.

A row for each member is written with the event; the chances follow one by one, each in a
transaction of its own. Lock order: the member's row, then what chances lock.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.groupbuy.teams.events import TeamSettled
from mall.kernel.db import transaction
from mall.kernel.jobs import defer
from mall.lottery.chances.kinds import TAKE_BACK
from mall.lottery.chances.ledger import Move, give_chances, hold_lottery, lock_chances, write_entry
from mall.lottery.errors import LotteryOver
from mall.lottery.teams.models import DUE, GIVEN, REFUSED, TAKEN_BACK
from mall.orders.events import OrderRefunded
from mall.points.ledger import accounts

GROUND = "group_settled"
"""What a chance is for, as compliance names grounds."""
GIVE = "lottery.give_team_chances"
"""The job that gives the chances of a team."""
# Who has paid and kept the seat. A member whose order came back whole has none.
_MEMBERS = text(
    """
    INSERT INTO lottery_members (member_id, activity_id, lottery_id, user_id, order_id)
    SELECT m.id, a.activity_id, a.lottery_id, m.user_id, m.order_id
    FROM groupbuy_members m JOIN lottery_activities a ON a.activity_id = m.activity_id
    WHERE m.team_id = :team_id AND m.seat AND m.paid_at IS NOT NULL
    ORDER BY m.id
    ON CONFLICT DO NOTHING
    RETURNING member_id
    """
)
_DUE = text(
    """
    SELECT l.member_id FROM lottery_members l
    WHERE l.status = 'due' AND l.member_id > :after ORDER BY l.member_id LIMIT :most
    """
)
_DUE_OF_TEAM = text(
    """
    SELECT l.member_id FROM lottery_members l JOIN groupbuy_members m ON m.id = l.member_id
    WHERE m.team_id = :team_id AND l.status = 'due' ORDER BY l.member_id
    """
)
_LOCK = text(
    """
    SELECT l.member_id, l.lottery_id, l.user_id, l.status, EXISTS (
        SELECT FROM order_lines o
        WHERE o.order_id = l.order_id AND o.refunded_quantity < o.quantity
    ) AS is_kept
    FROM lottery_members l WHERE l.member_id = :member_id FOR NO KEY UPDATE OF l
    """
)
_OF_ORDER = text(
    """
    SELECT l.member_id FROM lottery_members l JOIN orders o ON o.id = l.order_id
    WHERE o.order_no = :order_no
    """
)
_MOVE_ON = text("UPDATE lottery_members SET status = :status WHERE member_id = :member_id")
_BATCH = 100


def begin_giving(session: Session, event: TeamSettled) -> None:
    """Of a team whose activity has a lottery each member is to get a chance."""
    if session.execute(_MEMBERS, {"team_id": event.team_id}).all():
        defer(session, GIVE, team_id=event.team_id)


def give_to_team(team_id: int) -> None:
    """Give what members of a team don't have yet."""
    with transaction() as session:
        due = session.scalars(_DUE_OF_TEAM, {"team_id": team_id}).all()
    for member_id in due:
        give_to_member(member_id)


def give_all_due() -> None:
    """Give what lost jobs left. Safe to repeat."""
    after = 0
    while True:
        with transaction() as session:
            due = session.scalars(_DUE, {"after": after, "most": _BATCH}).all()
        for member_id in due:
            give_to_member(member_id)
        if len(due) < _BATCH:
            return
        after = due[-1]


def give_to_member(member_id: int) -> None:
    """Give a member's chance; twice is once. None for an order that came back, or when the lottery
    is over."""
    with transaction() as session:
        held: Any = session.execute(_LOCK, {"member_id": member_id}).one()
        if held.status == DUE:
            _move_on(session, member_id, _give(session, held))


def take_back_of_order(session: Session, event: OrderRefunded) -> None:
    """An order that came back whole has no chance any more, if it wasn't used."""
    member_id = session.scalar(_OF_ORDER, {"order_no": event.order_no})
    if member_id is None:
        return
    held: Any = session.execute(_LOCK, {"member_id": member_id}).one()
    if held.is_kept or held.status not in {DUE, GIVEN}:
        return
    if held.status == DUE or _take(session, held):
        _move_on(session, member_id, TAKEN_BACK)


def _give(session: Session, held: Any) -> str:
    if not held.is_kept:
        return TAKEN_BACK
    source = source_of(held.member_id)
    try:
        with session.begin_nested():
            give_chances(session, held.user_id, held.lottery_id, 1, source, ground=GROUND)
    except LotteryOver:
        return REFUSED
    return GIVEN


def _take(session: Session, held: Any) -> bool:
    """Take one given chance; False when there is none left: it was used."""
    hold_lottery(session, held.lottery_id)
    accounts.lock(session, held.user_id)
    if not lock_chances(session, held.user_id, held.lottery_id).given:
        return False
    move = Move(TAKE_BACK, source_of(held.member_id), given=-1)
    write_entry(session, held.user_id, held.lottery_id, move)
    return True


def source_of(member_id: int) -> str:
    """What a member's chance is for, in the ledger."""
    return f"team:{member_id}"


def _move_on(session: Session, member_id: int, status: str) -> None:
    session.execute(_MOVE_ON, {"member_id": member_id, "status": status})
