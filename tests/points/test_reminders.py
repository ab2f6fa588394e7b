"""Reminders 30, 7 and 1 days before points expire."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from mall.kernel.clock import shop_day
from mall.kernel.db import db, db_now, transaction
from mall.kernel.ledger import Reason
from mall.messages.models import InboxMessage, Message
from mall.points.ledger.models import PointsLot
from mall.points.ledger.posting import post
from mall.points.ledger.validity import end_of_day
from mall.points.reminders import running
from mall.points.reminders.jobs import remind_of_expiry
from mall.points.reminders.models import PointsReminderRun
from mall.points.reminders.running import due, plan_runs, remind_batch
from mall.points.reminders.settings import EXPIRING_TEMPLATE
from mall.users.closing import close_account
from tests.support.invariants import check_invariants
from tests.support.messages import TEMPLATE, allow, statuses
from tests.support.points import hold
from tests.support.races import together
from tests.support.settings import set_template, without_quiet_hours
from tests.support.users import make_shopper


@pytest.fixture(autouse=True)
def whole(app: Flask) -> Iterator[None]:
    without_quiet_hours()
    yield
    check_invariants()


def give(user_id: int, points: int, in_days: int, *, given_today: bool = False) -> None:
    """Points that can last be used so many shop days from now."""
    with transaction() as session:
        reason = Reason("adjust", f"{user_id}:{points}:{in_days}")
        until = end_of_day(db_now(session), in_days)
        entry_id = post(session, user_id, reason, points, expires_at=until).entry_id
        if not given_today:
            session.execute(
                update(PointsLot)
                .where(PointsLot.entry_id == entry_id)
                .values(created_at=text("created_at - interval '40 days'"))
            )


def today() -> date:
    return shop_day(db_now(db.session()))


def told() -> list[tuple[int, str]]:
    """Who was told of which (last day, step), by days from now."""
    db.session.rollback()
    found = []
    for user_id, ref in db.session.execute(select(Message.user_id, Message.ref)):
        last_day, step = ref.split(":")
        found.append((user_id, f"{(date.fromisoformat(last_day) - today()).days}:{step}"))
    return sorted(found)


def texts() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(InboxMessage.body).order_by(InboxMessage.id)))


def test_a_day_asks_for_its_steps_and_those_missed_lately() -> None:
    asked = [((day - date(2028, 2, 28)).days, step) for day, step in due(date(2028, 2, 28))]
    assert asked == [(28, 30), (29, 30), (30, 30), (5, 7), (6, 7), (7, 7), (0, 1), (1, 1)]


def test_one_message_for_all_lots_of_a_day_at_each_step() -> None:
    one, two = make_shopper()[0], make_shopper()[0]
    for points, in_days in ((5, 30), (7, 30), (3, 7), (2, 1), (9, 31), (9, 20)):
        give(one, points, in_days)
    give(two, 4, 7)
    remind_of_expiry()
    remind_of_expiry()
    assert told() == [(one, "1:1"), (one, "30:30"), (one, "7:7"), (two, "7:7")]
    (body,) = [body for body in texts() if "您有 12 积分" in body]
    assert (today() + timedelta(days=30)).isoformat() in body


def test_a_missed_step_is_made_up_but_not_what_was_given_since() -> None:
    late, fresh = make_shopper()[0], make_shopper()[0]
    give(late, 5, 29)
    give(late, 5, 27)
    give(fresh, 5, 30, given_today=True)
    remind_of_expiry()
    assert told() == [(late, "29:30")]


def test_nothing_to_shoppers_whose_points_are_gone_or_who_left() -> None:
    spent, held, gone, frozen = (make_shopper()[0] for _ in range(4))
    give(spent, 5, 7)
    hold(spent, "a", 5)
    give(gone, 5, 7)
    close_account(gone)
    with transaction() as session:
        post(session, frozen, Reason("adjust", "f"), 5, frozen=True)
    set_template(EXPIRING_TEMPLATE, TEMPLATE)
    give(held, 5, 7)
    allow(held, 1)
    remind_of_expiry()
    assert (told(), statuses()) == ([(held, "7:7")], {"pending": 1})


def test_what_was_spent_before_the_message_left_is_not_told(work: Callable[[], None]) -> None:
    user_id = make_shopper()[0]
    set_template(EXPIRING_TEMPLATE, TEMPLATE)
    allow(user_id, 1)
    give(user_id, 5, 7)
    remind_of_expiry()
    hold(user_id, "a", 5)
    work()
    assert (statuses(), texts()) == ({"stale": 1}, [])


def test_a_killed_run_goes_on_and_beside_another_one_tells_each_once(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "BATCH", 2)
    shoppers = [make_shopper()[0] for _ in range(7)]
    for user_id in shoppers:
        give(user_id, 5, 7)
    plan_runs()
    while not told():
        assert remind_batch()
    together(app, [partial(remind_of_expiry)] * 3)
    assert told() == [(user_id, "7:7") for user_id in sorted(shoppers)]
    with transaction() as session:
        session.execute(
            update(PointsReminderRun).values(
                done_at=None, after_expires_at=None, after_user_id=None
            )
        )
    remind_of_expiry()
    assert len(told()) == 7, "a run that begins anew says nothing twice"
