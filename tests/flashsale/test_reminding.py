"""Reminders of a session, through WeChat's simulator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from flask import Flask
from sqlalchemy import select, update

from mall.flashsale.models import FlashReminder
from mall.flashsale.planning import running, sessions
from mall.flashsale.public import reminding
from mall.flashsale.settings import STARTING_TEMPLATE
from mall.kernel.clock import SHOP_ZONE
from mall.kernel.db import db, transaction
from mall.messages.models import Message
from tests.support.flashsale import armed_session, make_item, make_session, session_row, soon
from tests.support.http import Http, error_code
from tests.support.servers import LiveServer
from tests.support.settings import set_template
from tests.support.users import make_shopper
from tests.support.wechat import control

TEMPLATE = "tpl-flash-starting-0000000000000000000000001"
PATH = "/api/v1/flash-sessions"


@pytest.fixture
def told(
    app: Flask, simulator: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], list[Any]]]:
    """What WeChat delivered to an openid; the template is set up."""
    set_template(STARTING_TEMPLATE, TEMPLATE, page="pages/flash?id={session_id}")
    control(simulator, "/reset")
    yield lambda openid: requests.get(
        f"{simulator.url}/_control/messages", params={"openid": openid}, timeout=10
    ).json()["messages"]
    control(simulator, "/reset")


def shopper(http: Http, simulator: LiveServer, *, allows: int) -> tuple[Http, str]:
    """Somebody who tried "allow" so many times, and the openid."""
    openid = control(simulator, "/login-codes")["openid"]
    _, token = make_shopper(openid=openid)
    me = http.as_(token)
    for _ in range(allows):
        answer = me.post("/api/v1/subscriptions", {"results": {TEMPLATE: "accept"}})
        assert answer.status_code == 200, answer.get_json()
    if allows:
        control(simulator, "/grants", openid=openid, template_id=TEMPLATE, count=allows)
    return me, openid


def announced(**ahead: float) -> int:
    """A session that starts so far ahead."""
    session_id = make_session(starts_at=soon(**ahead).isoformat())
    make_item(session_id)
    sessions.set_ready(session_id, True)
    return session_id


def statuses() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Message.status).order_by(Message.id)))


def test_once_shortly_before_the_start(
    http: Http, simulator: LiveServer, work: Callable[[], None], told: Callable[[str], list[Any]]
) -> None:
    early, near = announced(minutes=20), announced(minutes=4)
    me, openid = shopper(http, simulator, allows=2)
    for session_id in (early, near):
        asked = me.post(f"{PATH}/{session_id}/reminder")
        assert asked.status_code == 201, asked.get_json()
        assert asked.get_json() == {
            "session_id": str(session_id), "template_id": TEMPLATE, "remaining": 2,
        }  # fmt: skip
    assert me.post(f"{PATH}/{near}/reminder").status_code == 201
    assert me.get("/api/v1/flash-reminders").get_json() == {"session_ids": [str(early), str(near)]}
    for _ in range(2):
        reminding.send_reminders()
        work()
    (letter,) = told(openid)
    starts_at = session_row(near).starts_at.astimezone(SHOP_ZONE)
    assert letter["data"] == {
        "thing1": "十点场",
        "time2": starts_at.strftime("%Y-%m-%d %H:%M"),
        "thing3": reminding.NOTE,
    }
    assert letter["page"] == f"pages/flash?id={near}"
    with transaction() as session:
        session.execute(update(FlashReminder).values(sent_at=None))
    reminding.send_reminders()
    work()
    assert len(told(openid)) == 1, "the message itself is once a session and shopper too"


def test_old_news_isnt_sent(
    http: Http, simulator: LiveServer, work: Callable[[], None], told: Callable[[str], list[Any]]
) -> None:
    session_id = announced(minutes=4)
    me, openid = shopper(http, simulator, allows=1)
    me.post(f"{PATH}/{session_id}/reminder")
    reminding.send_reminders()
    with transaction() as session:  # no worker for a while
        session.execute(update(Message).values(good_until=soon(minutes=-1)))
    work()
    assert (told(openid), statuses()) == ([], ["stale"])
    asked = me.get("/api/v1/subscriptions").get_json()["items"]
    assert [one["remaining"] for one in asked if one["kind"] == "flash_starting"] == [1]


def test_nothing_is_sent_that_isnt_allowed(
    http: Http, simulator: LiveServer, work: Callable[[], None], told: Callable[[str], list[Any]]
) -> None:
    session_id = announced(minutes=4)
    silent, openid = shopper(http, simulator, allows=0)
    asked = silent.post(f"{PATH}/{session_id}/reminder")
    assert asked.get_json()["remaining"] == 0
    changed, other = shopper(http, simulator, allows=1)
    changed.post(f"{PATH}/{session_id}/reminder")
    for _ in range(2):
        assert changed.delete(f"{PATH}/{session_id}/reminder").status_code == 204
    assert changed.get("/api/v1/flash-reminders").get_json() == {"session_ids": []}
    reminding.send_reminders()
    work()
    assert (told(openid), told(other)) == ([], [])
    assert statuses() == ["no_grant"]


def test_a_paused_session_is_silent_until_it_goes_on(app: Flask, http: Http) -> None:
    session_id = announced(minutes=4)
    running.arm(session_id)
    running.pause(session_id)
    me = http.as_(make_shopper()[1])
    assert me.post(f"{PATH}/{session_id}/reminder").status_code == 201
    reminding.send_reminders()
    assert statuses() == []
    running.resume(session_id)
    reminding.send_reminders()
    assert statuses() == ["no_template"]


def test_of_what_there_is_no_reminder(app: Flask, http: Http) -> None:
    me = http.as_(make_shopper()[1])
    draft = make_session(starts_at=soon(minutes=4).isoformat())
    assert error_code(me.post(f"{PATH}/{draft}/reminder")) == "flash_session_not_found"
    begun, _ = armed_session()
    refused = me.post(f"{PATH}/{begun}/reminder")
    assert (refused.status_code, error_code(refused)) == (409, "flash_session_started")
    assert me.delete(f"{PATH}/{draft}/reminder").status_code == 204


def test_in_batches(
    app: Flask, monkeypatch: pytest.MonkeyPatch, told: Callable[[str], list[Any]]
) -> None:
    monkeypatch.setattr(reminding, "BATCH", 2)
    session_id = announced(minutes=4)
    for _ in range(5):
        reminding.remind(session_id, make_shopper()[0])
    reminding.send_reminders()
    assert statuses() == ["no_grant"] * 5
