"""The message about points that will expire: one for all that a shopper loses on a shop day."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.kernel.clock import day_start
from mall.messages.kinds import Content, Kind, Purpose
from mall.messages.sending import send_soon_to
from mall.points.ledger.models import PointsLot
from mall.points.reminders.settings import EXPIRING_TEMPLATE

NOTE = "积分即将到期，记得使用"


def remind(session: Session, user_ids: Collection[int], last_day: date, days_before: int) -> None:
    """Tell these shoppers, once each a day of expiry and step."""
    send_soon_to(
        session,
        POINTS_EXPIRING.name,
        f"{last_day.isoformat()}:{days_before}",
        user_ids,
        good_until=day_start(last_day + timedelta(days=1)),
    )


def _write(session: Session, ref: str, user_id: int) -> Content | None:
    """What expires now; nothing when all of it was used since."""
    last_day = date.fromisoformat(ref.split(":", maxsplit=1)[0])
    points = _expiring(session, user_id, last_day)
    if not points:
        return None
    values = {"points": str(points), "last_day": last_day.isoformat(), "note": NOTE}
    body = f"您有 {points} 积分将于 {last_day.isoformat()} 到期，当天 24:00 前可以使用。"
    return Content(values, "积分即将到期", body)


def _expiring(session: Session, user_id: int, last_day: date) -> int:
    """Available points of a shopper that can last be used on this shop day."""
    found = session.scalar(
        select(func.sum(PointsLot.remaining)).where(
            PointsLot.user_id == user_id,
            PointsLot.remaining > 0,
            ~PointsLot.frozen,
            PointsLot.expires_at > day_start(last_day),
            PointsLot.expires_at <= day_start(last_day + timedelta(days=1)),
            PointsLot.expires_at > func.clock_timestamp(),
        )
    )
    return int(found or 0)


POINTS_EXPIRING = Kind("points_expiring", Purpose.MARKETING, EXPIRING_TEMPLATE, _write, priority=60)
