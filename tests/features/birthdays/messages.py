"""The greeting that shoppers get who allowed it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from mall.messages.kinds import Content, Kind, Purpose
from tests.features.birthdays.settings import GREETING_TEMPLATE

NOTE = "生日快乐，今日下单有礼"


def _greeting(_session: Session, _year: str, _user_id: int) -> Content:
    return Content({"note": NOTE}, "生日快乐", NOTE)


GREETING = Kind("birthday_greeting", Purpose.MARKETING, GREETING_TEMPLATE, _greeting)
