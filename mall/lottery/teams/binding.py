"""Which lottery the members of an activity's teams draw from: set before the activity opens.

The activity's row is locked first, then the lottery is held: nobody makes it a blind box meanwhile.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.groupbuy.activities.models import STARTED, GroupActivity
from mall.groupbuy.errors import GroupActivityNotFound
from mall.kernel.db import transaction
from mall.lottery.boxes.models import LotteryBox
from mall.lottery.chances.ledger import hold_lottery
from mall.lottery.errors import LotteryOver
from mall.lottery.proofs.rows import published_lottery, table_of
from mall.lottery.rules.table import free_activities
from mall.lottery.teams.errors import (
    LotteryActivityOpen,
    LotteryFreesOthers,
    LotteryIsBox,
    LotteryNotOfActivity,
    LotteryTooShort,
)
from mall.lottery.teams.models import LotteryActivity
from mall.staff.audit import record

TIME_TO_DRAW = timedelta(days=1)
"""How long members of the last team may draw at least."""


def bind(activity_id: int, lottery_id: int) -> None:
    """Let the members of the activity's settled teams draw in this lottery; another one before is
    replaced. The same again changes nothing.

    Raises GroupActivityNotFound, LotteryActivityOpen, LotteryNotFound (also of a draft),
    LotteryOver, LotteryIsBox, LotteryTooShort, LotteryFreesOthers.
    """
    with transaction() as session:
        activity = _lock_before_opening(session, activity_id)
        hold_lottery(session, lottery_id)
        lottery = published_lottery(session, lottery_id)
        if lottery.ended_at is not None:
            raise LotteryOver
        if session.get(LotteryBox, lottery_id) is not None:
            raise LotteryIsBox(param="lottery_id")
        last_end = activity.ends_at + timedelta(minutes=activity.team_open_min + activity.pay_min)
        if lottery.ends_at is None or lottery.ends_at < last_end + TIME_TO_DRAW:
            raise LotteryTooShort(param="lottery_id")
        if not free_activities(table_of(session, lottery_id, lottery.version)) <= {activity_id}:
            raise LotteryFreesOthers(param="lottery_id")
        before = bound(session, activity_id)
        if before == lottery_id:
            return
        session.execute(
            insert(LotteryActivity)
            .values(activity_id=activity_id, lottery_id=lottery_id)
            .on_conflict_do_update(index_elements=["activity_id"], set_={"lottery_id": lottery_id})
        )
        _audit(session, "bind_activity", activity_id, before, lottery_id)


def unbind(activity_id: int) -> None:
    """Let nobody draw for the activity. Raises GroupActivityNotFound, LotteryActivityOpen,
    LotteryNotOfActivity."""
    with transaction() as session:
        _lock_before_opening(session, activity_id)
        before = bound(session, activity_id)
        if before is None:
            raise LotteryNotOfActivity
        session.execute(delete(LotteryActivity).where(LotteryActivity.activity_id == activity_id))
        _audit(session, "unbind_activity", activity_id, before, None)


def bound(session: Session, activity_id: int) -> int | None:
    """The lottery of an activity's teams; None when they don't draw."""
    return session.scalar(
        select(LotteryActivity.lottery_id).where(LotteryActivity.activity_id == activity_id)
    )


def lottery_of(session: Session, activity_id: int) -> int:
    """As `bound`. Raises LotteryNotOfActivity."""
    lottery_id = bound(session, activity_id)
    if lottery_id is None:
        raise LotteryNotOfActivity
    return lottery_id


def _lock_before_opening(session: Session, activity_id: int) -> Any:
    found = session.execute(
        select(
            *(GroupActivity.status, GroupActivity.ends_at, GroupActivity.team_open_min),
            *(GroupActivity.pay_min, (GroupActivity.starts_at > func.now()).label("is_ahead")),
        )
        .where(GroupActivity.id == activity_id)
        .with_for_update(key_share=True)
    ).one_or_none()
    if found is None:
        raise GroupActivityNotFound
    if found.status != STARTED or not found.is_ahead:
        raise LotteryActivityOpen
    return found


def _audit(
    session: Session, verb: str, activity_id: int, before: int | None, after: int | None
) -> None:
    record(
        session,
        action=f"lottery.{verb}",
        target_type="group_activity",
        target_id=activity_id,
        before={"lottery_id": before and str(before)},
        after={"lottery_id": after and str(after)},
    )
