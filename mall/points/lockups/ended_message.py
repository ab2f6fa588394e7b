"""The message that a lock has ended by its time: the points are back, the gain is there."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.messages.kinds import Content, Kind, Purpose
from mall.messages.sending import send_soon
from mall.points.lockups.models import Lockup, LockupOffer
from mall.points.lockups.settings import ENDED_TEMPLATE


def tell_of_end(session: Session, lockup_id: int, user_id: int) -> None:
    """Tell the shopper, once a lock."""
    send_soon(session, LOCKUP_ENDED.name, str(lockup_id), user_id)


def _write(session: Session, lockup_id: str, _user_id: int) -> Content:
    row = session.execute(
        select(LockupOffer.name, Lockup.points, Lockup.gain)
        .join(LockupOffer, LockupOffer.id == Lockup.offer_id)
        .where(Lockup.id == int(lockup_id))
    ).one()
    values = {"offer": row.name, "points": str(row.points), "gain": str(row.gain)}
    body = f"「{row.name}」已到期：退回 {row.points} 积分，奖励 {row.gain} 积分。"
    return Content(values, "积分锁定已到期", body)


LOCKUP_ENDED = Kind("lockup_ended", Purpose.SERVICE, ENDED_TEMPLATE, _write)
