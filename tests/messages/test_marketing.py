"""What only marketing obeys: the cap of a day, quiet hours, the opt-out, the last prompt."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from mall.coupons.settings import EXPIRING_TEMPLATE
from mall.kernel.db import db, transaction
from mall.messages import quota
from mall.messages.models import MarketingDay, Message
from mall.messages.settings import MARKETING_PER_DAY
from mall.messages.waiting import release_waiting
from tests.messages.test_pushes import push
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants
from tests.support.messages import (
    NEWS,
    OFFER,
    TEMPLATE,
    URGENT,
    allow,
    morning_comes,
    news_kinds,
    now,
    quiet_for_hours,
    reader,
    received,
    send,
    statuses,
)
from tests.support.outbound import sweep_now
from tests.support.servers import LiveServer
from tests.support.settings import set_setting, set_template
from tests.support.staff import make_staff
from tests.support.wechat import control

PREFERENCES = "/api/v1/messages/preferences"
MESSAGES = "/admin/api/v1/messages"


@pytest.fixture(autouse=True)
def _kinds(app: Flask, simulator: LiveServer) -> Iterator[None]:
    control(simulator, "/reset")
    with news_kinds(NEWS, OFFER):
        yield
        check_invariants()
    control(simulator, "/reset")


@pytest.fixture
def _urgent(_kinds: None) -> Iterator[None]:
    """News of orders uses the same template."""
    with news_kinds(URGENT):
        yield


def row() -> Any:
    """The one message."""
    db.session.rollback()
    return db.session.execute(select(Message.__table__)).one()


def counted() -> list[int]:
    db.session.rollback()
    return list(db.session.scalars(select(MarketingDay.counted)))


def left(user_id: int) -> int:
    db.session.rollback()
    return quota.remaining(db.session(), user_id, [TEMPLATE])[TEMPLATE]


def execute(sql: str) -> None:
    with transaction() as session:
        session.execute(text(sql))


def inbox(http: Http, token: str) -> list[str]:
    items = http.as_(token).get("/api/v1/messages/inbox").get_json()["items"]
    return [item["body"] for item in items]


# -- the cap ---------------------------------------------------------------------------


def test_the_cap_is_a_setting_and_counts_shoppers_apart(http: Http) -> None:
    set_setting(MARKETING_PER_DAY, 1)
    one, other = reader(allows=3), reader(allows=3)
    send(NEWS, "a", one.user_id, other.user_id)
    send(NEWS, "b", one.user_id)
    assert statuses() == {"pending": 2, "over_cap": 1}
    assert inbox(http, one.token) == ["「b」来了。"]
    assert (left(one.user_id), left(other.user_id)) == (2, 2), "what isn't sent costs no prompt"


@pytest.mark.usefixtures("_urgent")
def test_a_cap_of_none_sends_all_marketing_to_the_inbox(http: Http) -> None:
    set_setting(MARKETING_PER_DAY, 0)
    me = reader(allows=2)
    send(NEWS, "a", me.user_id)
    send(URGENT, "a", me.user_id)
    assert statuses() == {"over_cap": 1, "pending": 1}
    assert counted() == []


def test_a_lower_cap_holds_for_what_comes(app: Flask) -> None:
    me = reader(allows=9)
    for ref in ("a", "b"):
        send(NEWS, ref, me.user_id)
    set_setting(MARKETING_PER_DAY, 1)
    send(NEWS, "c", me.user_id)
    assert statuses() == {"pending": 2, "over_cap": 1}


def test_what_wechat_refuses_isnt_counted(
    http: Http, simulator: LiveServer, work: Callable[[], None]
) -> None:
    """No grant in WeChat's books: the shopper got nothing, so the day has room again."""
    me = reader(allows=2)
    send(NEWS, "a", me.user_id)
    work()
    assert (statuses(), counted(), left(me.user_id)) == ({"refused": 1}, [0], 0)
    assert inbox(http, me.token) == ["「a」来了。"]


def test_what_may_have_been_sent_is_counted(
    http: Http, simulator: LiveServer, work: Callable[[], None]
) -> None:
    me = reader(simulator)
    control(simulator, "/faults", target="api", path="/cgi-bin/message", kind="lost_reply")
    send(NEWS, "a", me.user_id)
    work()
    assert (statuses(), counted()) == ({"unknown": 1}, [1])
    assert inbox(http, me.token) == ["「a」来了。"], "it doesn't ring a second time"


def test_what_wechat_couldnt_deliver_lands_in_the_inbox_and_isnt_counted(
    http: Http, simulator: LiveServer, work: Callable[[], None]
) -> None:
    me = reader(simulator, allows=2)
    send(NEWS, "a", me.user_id)
    work()
    assert (row().status, inbox(http, me.token)) == ("sent", [])
    entry = {"TemplateId": TEMPLATE, "MsgID": row().wechat_id, "ErrorCode": "43101"}
    for openid, number in (("oStranger", row().wechat_id), (me.openid, "1")):
        other = {**entry, "MsgID": number}
        push(http, "subscribe_msg_sent_event", {"FromUserName": openid, "List": [other]})
        work()
        assert row().status == "sent"
    failed = {**entry, "ErrorStatus": "user refuse to accept the msg"}
    push(http, "subscribe_msg_sent_event", {"FromUserName": me.openid, "List": [failed]})
    work()
    assert (row().status, row().error_code, row().sent_at) == ("refused", "43101", None)
    assert (counted(), left(me.user_id)) == ([0], 0)
    assert inbox(http, me.token) == ["「a」来了。"]


def test_a_message_counts_for_the_day_on_which_it_is_sent(
    simulator: LiveServer, work: Callable[[], None]
) -> None:
    """Admitted before midnight, but WeChat couldn't be reached until today."""
    me = reader(simulator)
    send(NEWS, "a", me.user_id)
    execute("UPDATE messages SET counted_on = counted_on - 1")
    execute("UPDATE marketing_days SET day = day - 1")
    work()
    release_waiting()  # the worker's timer may have been faster
    work()
    assert (row().status, len(received(simulator, me.openid))) == ("sent", 1)
    assert sorted(counted()) == [0, 1]
    assert left(me.user_id) == 0


# -- quiet hours -----------------------------------------------------------------------


def test_it_waits_for_the_end_of_the_quiet_hours(
    simulator: LiveServer, work: Callable[[], None]
) -> None:
    me = reader(simulator)
    quiet_for_hours(8)
    send(NEWS, "a", me.user_id)
    release_waiting()
    work()
    waits = row()
    assert (waits.status, received(simulator, me.openid)) == ("waiting", [])
    assert timedelta(hours=7) < waits.not_before - now() <= timedelta(hours=8)
    assert (left(me.user_id), counted()) == (1, []), "what waits takes nothing"
    morning_comes()
    work()
    assert (row().status, len(received(simulator, me.openid))) == ("sent", 1)


@pytest.mark.usefixtures("_urgent")
def test_orders_and_service_dont_wait(app: Flask) -> None:
    quiet_for_hours()
    send(URGENT, "a", reader().user_id)
    assert statuses() == {"pending": 1}


def test_what_will_be_of_no_use_can_be_read_at_once(http: Http) -> None:
    me = reader()
    quiet_for_hours(8)
    send(NEWS, "soon", me.user_id, good_until=now() + timedelta(hours=7))
    send(NEWS, "later", me.user_id, good_until=now() + timedelta(hours=9))
    assert statuses() == {"quiet_hours": 1, "waiting": 1}
    assert inbox(http, me.token) == ["「soon」来了。"]


def test_what_is_old_when_its_time_comes_is_dropped(http: Http) -> None:
    me = reader()
    quiet_for_hours(8)
    for ref in ("a", "gone"):
        send(NEWS, ref, me.user_id, good_until=now() + timedelta(hours=9))
    execute("UPDATE messages SET good_until = now() - interval '1 minute' WHERE ref = 'a'")
    morning_comes()
    assert statuses() == {"stale": 1, "pending": 1}
    assert inbox(http, me.token) == []


def test_what_has_nothing_to_say_any_more_gives_all_back(work: Callable[[], None]) -> None:
    me = reader()
    send(NEWS, "gone", me.user_id)
    work()
    assert (statuses(), counted(), left(me.user_id)) == ({"stale": 1}, [0], 1)


def test_a_call_that_is_late_for_the_quiet_hours_waits(
    simulator: LiveServer, work: Callable[[], None]
) -> None:
    """Wanted by day, but no worker was there until night."""
    me = reader(simulator)
    send(NEWS, "a", me.user_id)
    quiet_for_hours()
    work()
    release_waiting()
    assert (row().status, counted(), left(me.user_id)) == ("waiting", [0], 1)
    assert row().not_before > now()
    morning_comes()
    sweep_now()
    work()
    assert len(received(simulator, me.openid)) == 1


def test_the_more_important_gets_the_place_of_a_day(app: Flask) -> None:
    set_setting(MARKETING_PER_DAY, 1)
    me = reader(allows=5)
    quiet_for_hours()
    send(NEWS, "a", me.user_id)
    send(OFFER, "b", me.user_id)
    morning_comes()
    db.session.rollback()
    ended = db.session.execute(select(Message.kind, Message.status).order_by(Message.id)).all()
    assert list(map(tuple, ended)) == [("test_news", "over_cap"), ("test_offer", "pending")]


def test_many_of_one_shopper_in_one_batch(app: Flask) -> None:
    one, other = reader(allows=9), reader(allows=1)
    quiet_for_hours()
    for ref in "abcde":
        send(NEWS, ref, one.user_id, other.user_id)
    morning_comes()
    assert statuses() == {"pending": 4, "over_cap": 2, "no_grant": 4}
    assert sorted(counted()) == [1, 3]


# -- the opt-out -----------------------------------------------------------------------


@pytest.mark.usefixtures("_urgent")
def test_after_the_opt_out_nothing_arrives(
    http: Http, simulator: LiveServer, work: Callable[[], None]
) -> None:
    me = reader(simulator, allows=5)
    phone = http.as_(me.token)
    assert phone.get(PREFERENCES).get_json() == {"marketing": True}
    send(NEWS, "under way", me.user_id)
    quiet_for_hours()
    send(NEWS, "waits", me.user_id)
    assert phone.put(PREFERENCES, {"marketing": False}).get_json() == {"marketing": False}
    assert phone.get(PREFERENCES).get_json() == {"marketing": False}
    assert statuses() == {"pending": 1, "opted_out": 1}
    send(NEWS, "after", me.user_id)
    send(URGENT, "order", me.user_id)
    morning_comes()
    work()
    release_waiting()
    work()
    assert statuses() == {"opted_out": 3, "sent": 1}
    assert [one["data"]["thing1"] for one in received(simulator, me.openid)] == ["order"]
    assert inbox(http, me.token) == []
    assert (counted(), left(me.user_id)) == ([0], 4)
    phone.put(PREFERENCES, {"marketing": True})
    send(NEWS, "again", me.user_id)
    work()
    assert len(received(simulator, me.openid)) == 2


@pytest.mark.parametrize("body", [{}, {"marketing": 1}, {"marketing": True, "x": 1}])
def test_a_made_up_preference_is_refused(http: Http, body: dict[str, Any]) -> None:
    answer = http.as_(reader().token).put(PREFERENCES, body)
    assert (answer.status_code, error_code(answer)) == (422, "validation_failed")


# -- accepted prompts ------------------------------------------------------------------


@pytest.mark.usefixtures("_urgent")
def test_marketing_leaves_the_last_prompt_to_news_of_orders(http: Http) -> None:
    me = reader(allows=2)
    for ref in "ab":
        send(NEWS, ref, me.user_id)
    assert statuses() == {"pending": 1, "no_grant": 1}
    send(URGENT, "a", me.user_id)
    assert statuses() == {"pending": 2, "no_grant": 1}
    (listed,) = http.as_(me.token).get("/api/v1/subscriptions").get_json()["items"]
    assert (listed["kind"], listed["purpose"], listed["remaining"]) == ("test_urgent", "order", 0)


# -- staff -----------------------------------------------------------------------------


@pytest.mark.usefixtures("_urgent")
def test_staff_see_purpose_and_what_waits(http: Http) -> None:
    me = reader(allows=2)
    quiet_for_hours()
    send(NEWS, "a", me.user_id)
    send(URGENT, "a", me.user_id)
    staff = http.as_(make_staff("message:read"))
    (waits,) = staff.get(MESSAGES, status="waiting").get_json()["items"]
    assert (waits["purpose"], waits["kind"]) == ("marketing", "test_news")
    assert waits["not_before"] is not None
    for query, kinds in (
        ({"purpose": "order"}, ["test_urgent"]),
        ({"kind": "test_news"}, ["test_news"]),
        ({"user_id": str(me.user_id)}, ["test_urgent", "test_news"]),
        ({"user_id": "987654321"}, []),
    ):
        items = staff.get(MESSAGES, **query).get_json()["items"]
        assert [item["kind"] for item in items] == kinds
    assert staff.get(MESSAGES, purpose="fun").status_code == 422


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("INSERT INTO message_preferences (user_id, marketing) SELECT user_id, false FROM messages",
         "marketing_opted_out"),
        ("UPDATE marketing_days SET counted = 3", "marketing_cap_reached"),
        ("UPDATE messages SET good_until = now()", "message_stale"),
        ("UPDATE message_grants SET used = reported", "no_allowance_left"),
        ("UPDATE shop_settings SET value = '{\"template_id\": \"\", \"fields\": {}}'"
         " WHERE name = 'coupons.expiring_template'", "message_template_missing"),
    ],
)  # fmt: skip
def test_a_retry_obeys_the_rules_too(
    http: Http,
    simulator: LiveServer,
    work: Callable[[], None],
    change: str,
    code: str,
) -> None:
    me = reader(simulator, allows=2)
    set_template(EXPIRING_TEMPLATE, TEMPLATE, fields={"coupon": "number1"})
    send(NEWS, "words", me.user_id)
    work()
    assert statuses() == {"failed": 1}
    assert inbox(http, me.token) == ["「words」来了。"]
    before = counted()
    execute(change)
    set_setting(MARKETING_PER_DAY, 3)  # reads the settings anew
    staff = http.as_(make_staff("message:write"))
    answer = staff.post(f"{MESSAGES}/{row().id}/retry")
    assert (answer.status_code, error_code(answer)) == (409, code)
    assert statuses() == {"failed": 1}
    if code == "marketing_cap_reached":
        execute(f"UPDATE marketing_days SET counted = {before[0]}")


def test_a_retry_takes_it_out_of_the_inbox_and_may_wait(
    http: Http, simulator: LiveServer, work: Callable[[], None]
) -> None:
    me = reader(simulator)
    set_template(EXPIRING_TEMPLATE, TEMPLATE, fields={"coupon": "number1"})
    send(NEWS, "words", me.user_id)
    work()
    set_template(EXPIRING_TEMPLATE, TEMPLATE)
    quiet_for_hours()
    staff = http.as_(make_staff("message:write"))
    assert staff.post(f"{MESSAGES}/{row().id}/retry").status_code == 204
    assert (statuses(), inbox(http, me.token)) == ({"waiting": 1}, [])
    morning_comes()
    work()
    assert statuses() == {"sent": 1}


def test_a_prompt_accepted_meanwhile_is_used(app: Flask) -> None:
    me = reader(allows=0)
    quiet_for_hours()
    send(NEWS, "a", me.user_id)
    allow(me.user_id, 2)
    morning_comes()
    assert statuses() == {"pending": 1}
