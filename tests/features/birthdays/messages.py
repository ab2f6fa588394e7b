"""The greeting that shoppers get who allowed it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from mall.messages.kinds import Content, Kind
from mall.settings import MessageTemplate
from tests.features.birthdays.settings import GREETING_TEMPLATE


def _greeting(_session: Session, template: MessageTemplate, _ref: str) -> Content:
    return Content(template.data({"note": "生日快乐，今日下单有礼"}), template.page_for())


GREETING = Kind("birthday_greeting", GREETING_TEMPLATE, _greeting)
