"""Reads of birthdays."""

from __future__ import annotations

from datetime import date

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from mall.kernel.clock import shop_day
from mall.kernel.db import db_now
from tests.features.birthdays.models import Birthday, BirthdayDiscount


def today(session: Session) -> date:
    """The shop day of the database's clock."""
    return shop_day(db_now(session))


def of_shopper(session: Session, user_id: int) -> str | None:
    """A shopper's birthday, "MM-DD"."""
    return session.scalar(select(Birthday.month_day).where(Birthday.user_id == user_id))


def on_day(session: Session, month_day: str) -> list[Birthday]:
    """Whose birthday it is on a day of the year."""
    found = select(Birthday).where(Birthday.month_day == month_day).order_by(Birthday.user_id)
    return list(session.scalars(found))


def has_discount(session: Session, user_id: int) -> bool:
    """Whether it is the shopper's birthday, and the year's discount wasn't used."""
    day = today(session)
    used = exists().where(BirthdayDiscount.user_id == user_id, BirthdayDiscount.year == day.year)
    born_today = exists().where(Birthday.user_id == user_id, Birthday.month_day == f"{day:%m-%d}")
    return bool(session.scalar(select(born_today & ~used)))
