"""Reminders of the check-in: at the chosen hour, once a day, to those who haven't come."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from mall.kernel.db import transaction
from mall.messages.models import Message
from mall.messages.settings import QUIET_FROM, QUIET_UNTIL
from mall.missions.checkin import reminding
from mall.missions.checkin.checking_in import check_in
from mall.missions.checkin.reminder_message import CHECK_IN_REMINDER
from mall.missions.checkin.reminding import drop_reminder, remind_batch, set_reminder
from mall.missions.checkin.settings import CHECK_IN_OPEN
from tests.support.http import Http, error_code
from tests.support.missions import PATH, plan
from tests.support.settings import set_setting
from tests.support.shop_time import other_time, set_time
from tests.support.users import make_shopper

REMINDER = f"{PATH}/reminder"


@pytest.fixture(autouse=True)
def clock(app: Flask) -> Iterator[None]:
    with other_time():
        set_time("2026-11-26 09:30")
        yield


def remind(moment: str) -> list[tuple[int, str]]:
    """Who was told so far, and of which day, when the job has run at this moment."""
    set_time(moment)
    while remind_batch():
        pass
    with transaction() as session:
        rows = session.execute(
            select(Message.user_id, Message.ref)
            .where(Message.kind == CHECK_IN_REMINDER.name)
            .order_by(Message.id)
        )
        return [(row.user_id, row.ref) for row in rows]


def said(user_id: int) -> str | None:
    with transaction() as session:
        content = CHECK_IN_REMINDER.write(session, "2026-11-27", user_id)
    return content.body if content else None


def test_at_the_chosen_hour_only_who_has_not_come() -> None:
    plan(7)
    late, early, came = (make_shopper()[0] for _ in range(3))
    for user_id, hour in ((late, 20), (early, 10), (came, 10)):
        set_reminder(user_id, hour)
    check_in(came)
    assert remind("2026-11-26 09:59:59") == []
    first = [(early, "2026-11-26")]
    assert remind("2026-11-26 10:00") == first
    assert remind("2026-11-26 10:10") == first, "once a day"
    second = [*first, (late, "2026-11-26")]
    assert remind("2026-11-26 20:50") == second
    third = remind("2026-11-27 10:00")
    assert sorted(third[2:]) == sorted([(early, "2026-11-27"), (came, "2026-11-27")])
    assert said(came) == "您已连续签到 1 天，今天还没有签到。"
    assert said(late) == "今天还没有签到，记得来签到。"
    check_in(came)
    assert said(came) is None, "nothing to say any more when its turn comes"


def test_another_hour_on_the_same_day_is_no_second_reminder() -> None:
    plan(7)
    user_id, _ = make_shopper()
    set_reminder(user_id, 10)
    assert len(remind("2026-11-26 10:00")) == 1
    set_reminder(user_id, 12)
    assert len(remind("2026-11-26 12:00")) == 1
    assert len(remind("2026-11-27 11:59")) == 1
    assert len(remind("2026-11-27 12:00")) == 2
    drop_reminder(user_id)
    assert len(remind("2026-11-28 12:00")) == 2


def test_an_hour_that_is_over_begins_tomorrow_and_a_late_worker_catches_up() -> None:
    plan(7)
    user_id, _ = make_shopper()
    set_reminder(user_id, 9)
    assert remind("2026-11-26 18:00") == []
    assert remind("2026-11-27 17:00") == [(user_id, "2026-11-27")]


def test_nobody_is_reminded_of_what_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reminding, "BATCH", 2)
    shoppers = [make_shopper()[0] for _ in range(3)]
    for user_id in shoppers:
        set_reminder(user_id, 10)
    assert remind("2026-11-26 10:00") == [], "there is no plan"
    plan(7)
    set_setting(CHECK_IN_OPEN, False)
    assert remind("2026-11-27 10:00") == []
    set_setting(CHECK_IN_OPEN, True)
    assert sorted(user_id for user_id, _ in remind("2026-11-28 10:00")) == shoppers


def test_over_http_with_quiet_hours(http: Http) -> None:
    _, token = make_shopper()
    me = http.as_(token)
    assert me.get(PATH).get_json()["reminder_hour"] is None
    for hour in (21, 23, 0, 8):
        assert error_code(me.put(REMINDER, {"hour": hour})) == "check_in_reminder_quiet"
    for hour in (9, 20):
        assert me.put(REMINDER, {"hour": hour}).status_code == 204
    assert me.get(PATH).get_json()["reminder_hour"] == 20
    set_setting(QUIET_FROM, "12:00")
    set_setting(QUIET_UNTIL, "13:00")
    assert error_code(me.put(REMINDER, {"hour": 12})) == "check_in_reminder_quiet"
    assert me.put(REMINDER, {"hour": 0}).status_code == 204
    assert me.delete(REMINDER).status_code == 204
    assert me.get(PATH).get_json()["reminder_hour"] is None
