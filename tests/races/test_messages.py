"""The cap of a day, the last prompt, one sweep: by sixteen at once, each with a control."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select, text

from mall.kernel.db import db, transaction
from mall.messages import admitting, daily_cap, preferences, quota
from mall.messages.models import Message
from mall.messages.waiting import release_waiting
from tests.conftest import ROOT
from tests.support.invariants import check_invariants
from tests.support.messages import (
    NEWS,
    TEMPLATE,
    URGENT,
    news_kinds,
    quiet_for_hours,
    reader,
    send,
    statuses,
)
from tests.support.races import together, without
from tests.support.settings import without_quiet_hours

AT_ONCE = 16


@pytest.fixture(autouse=True)
def _kinds(app: Flask) -> Iterator[None]:
    with news_kinds(NEWS):
        yield


def left(user_id: int) -> int:
    db.session.rollback()
    return quota.remaining(db.session(), user_id, [TEMPLATE])[TEMPLATE]


def race_for_the_day(app: Flask) -> int:
    """One shopper, sixteen messages at once: how many will be sent."""
    me = reader(allows=AT_ONCE)
    calls = [partial(send, NEWS, str(n), me.user_id) for n in range(AT_ONCE)]
    assert together(app, calls) == [None] * AT_ONCE
    return statuses()["pending"]


def test_of_sixteen_marketing_messages_three_are_sent(app: Flask) -> None:
    assert race_for_the_day(app) == 3
    assert statuses() == {"pending": 3, "over_cap": AT_ONCE - 3}
    check_invariants()


def test_of_sixteen_processes_three_send_theirs(app: Flask, environment: dict[str, str]) -> None:
    me = reader(allows=AT_ONCE)
    db.session.remove()
    subprocess.run(
        [sys.executable, "-m", "tests.support.senders", str(me.user_id), str(AT_ONCE)],
        cwd=ROOT,
        env={**os.environ, **environment},
        timeout=60,
        check=True,
    )
    assert statuses() == {"pending": 3, "over_cap": AT_ONCE - 3}
    check_invariants()


def test_control_counting_without_the_condition_passes_the_cap(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    counting = str(daily_cap._COUNT)
    condition = "WHERE d.counted < :cap"
    assert condition in counting
    monkeypatch.setattr(daily_cap, "_COUNT", text(counting.replace(condition, "")))
    check = "ck_marketing_days_counted"
    with without(
        f"ALTER TABLE marketing_days DROP CONSTRAINT {check}",
        f"ALTER TABLE marketing_days ADD CONSTRAINT {check}"
        " CHECK (counted >= 0 AND counted <= allowed)",
        table="marketing_days",
    ):
        assert race_for_the_day(app) == AT_ONCE


def race_for_prompts(app: Flask) -> int:
    """Five prompts, sixteen marketing messages of a template of order news: how many are left."""
    me = reader(allows=5)
    taken = together(app, [partial(take_one, me.user_id)] * AT_ONCE)
    assert all(isinstance(one, bool) for one in taken), taken
    return left(me.user_id)


def take_one(user_id: int) -> bool:
    kept = admitting.prompts_kept(NEWS, TEMPLATE)
    with transaction() as session:
        return bool(quota.take(session, [user_id], TEMPLATE, kept))


def test_the_last_prompt_is_left_to_news_of_orders(app: Flask) -> None:
    with news_kinds(URGENT):
        assert race_for_prompts(app) == 1
    check_invariants()


def test_control_without_what_is_kept_the_last_one_goes_too(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admitting, "prompts_kept", lambda *_: 0)
    with news_kinds(URGENT):
        assert race_for_prompts(app) == 0


def test_marketing_and_orders_at_once_share_what_there_is(app: Flask) -> None:
    """Two prompts: whatever comes first, the order's news gets one."""
    with news_kinds(URGENT):
        me = reader(allows=2)
        calls = [partial(send, NEWS, str(n), me.user_id) for n in range(AT_ONCE - 1)]
        together(app, [*calls, partial(send, URGENT, "order", me.user_id)])
        db.session.rollback()
        news = select(Message.status).where(Message.kind == URGENT.name)
        assert db.session.scalar(news) == "pending"
        assert statuses()["pending"] <= 2
        check_invariants()


def test_sweeps_at_once_decide_on_each_message_once(app: Flask) -> None:
    shoppers = [reader(allows=9).user_id for _ in range(10)]
    quiet_for_hours()
    for n in range(5):
        send(NEWS, str(n), *shoppers)
    assert statuses() == {"waiting": 50}
    without_quiet_hours()
    with transaction() as session:
        session.execute(text("UPDATE messages SET not_before = now()"))
    assert together(app, [release_waiting] * 8) == [None] * 8
    assert statuses() == {"pending": 30, "over_cap": 20}
    check_invariants()


def test_an_opt_out_among_messages_leaves_none_that_waits(app: Flask) -> None:
    me = reader(allows=AT_ONCE)
    quiet_for_hours()
    calls = [partial(send, NEWS, str(n), me.user_id) for n in range(AT_ONCE - 1)]
    together(app, [*calls, partial(preferences.set_marketing, me.user_id, False)])
    without_quiet_hours()
    with transaction() as session:
        session.execute(text("UPDATE messages SET not_before = now() WHERE status = 'waiting'"))
    release_waiting()
    assert statuses() == {"opted_out": AT_ONCE - 1}


def test_batches_over_the_same_shoppers_dont_wait_for_each_other(app: Flask) -> None:
    """Each in another order of the shoppers: no deadlock."""
    shoppers = [reader(allows=AT_ONCE).user_id for _ in range(8)]
    calls = [
        partial(send, NEWS, str(n), *(shoppers if n % 2 else reversed(shoppers)))
        for n in range(AT_ONCE)
    ]
    assert together(app, calls) == [None] * AT_ONCE
    assert statuses() == {"pending": 24, "over_cap": 8 * (AT_ONCE - 3)}
    check_invariants()
