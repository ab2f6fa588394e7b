"""The message about points that a till took, or moved back, so that nobody finds out later.

Points that are given aren't told of: the shopper has just shown a code for them.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.messages.kinds import Content, Kind, Purpose
from mall.messages.sending import send_soon
from mall.points.till.models import GRANT, TillEntry
from mall.points.till.settings import TILL_TEMPLATE
from mall.shipping.models import PickupPoint

NOTE = "如有疑问请联系门店"
_UNDONE = "undone"


def tell_of_taking(session: Session, entry_id: int, user_id: int) -> None:
    """Tell the shopper what was taken."""
    send_soon(session, TILL_POINTS.name, str(entry_id), user_id)


def tell_of_undoing(session: Session, entry_id: int, user_id: int) -> None:
    """Tell the shopper what was undone: of a grant, or of what was taken."""
    send_soon(session, TILL_POINTS.name, f"{entry_id}:{_UNDONE}", user_id)


def _write(session: Session, ref: str, _user_id: int) -> Content | None:
    """Nothing of what was taken and is undone by now: its undoing is told."""
    entry_id, _, undone = ref.partition(":")
    row = session.execute(
        select(TillEntry.direction, TillEntry.points, TillEntry.undone_at, PickupPoint.name)
        .join(PickupPoint, PickupPoint.id == TillEntry.point_id)
        .where(TillEntry.id == int(entry_id))
    ).one()
    if not undone and row.undone_at is not None:
        return None
    if not undone:
        what = f"使用 {row.points} 积分"
        body = f"您在门店「{row.name}」使用了 {row.points} 积分。{NOTE}。"
    elif row.direction == GRANT:
        what = f"撤销发放 {row.points} 积分"
        body = f"门店「{row.name}」撤销了一笔积分发放，收回 {row.points} 积分。{NOTE}。"
    else:
        what = f"退回 {row.points} 积分"
        body = f"门店「{row.name}」撤销了一笔积分使用，退回 {row.points} 积分。"
    return Content({"point": row.name, "what": what, "note": NOTE}, "门店积分变动", body)


TILL_POINTS = Kind("till_points", Purpose.SERVICE, TILL_TEMPLATE, _write, priority=50)
