"""The message to shoppers who haven't checked in by the hour that they chose."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.messages.kinds import Content, Kind, Purpose
from mall.missions.checkin.models import CheckInState
from mall.missions.checkin.settings import REMINDER_TEMPLATE

NOTE = "今天还没有签到，记得来签到"


def _write(session: Session, ref: str, user_id: int) -> Content | None:
    """Nothing for a shopper who has checked in meanwhile."""
    day = date.fromisoformat(ref)
    state = session.execute(
        select(CheckInState.last_day, CheckInState.streak).where(CheckInState.user_id == user_id)
    ).one_or_none()
    if state is not None and state.last_day >= day:
        return None
    streak = state.streak if state and state.last_day == day - timedelta(days=1) else 0
    values = {"streak": str(streak), "day": ref, "note": NOTE}
    body = f"您已连续签到 {streak} 天，今天还没有签到。" if streak else f"{NOTE}。"
    return Content(values, "签到提醒", body)


CHECK_IN_REMINDER = Kind(
    "check_in_reminder", Purpose.MARKETING, REMINDER_TEMPLATE, _write, priority=40
)
