"""Allowances and the message about shipping, sent at most once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from flask import Flask
from sqlalchemy import select, text

from mall.kernel.db import db
from mall.kernel.outbound_jobs import sweep_outbound_calls
from mall.messages import quota
from mall.messages.models import Message
from mall.messages.settings import ORDER_SHIPPED_TEMPLATE
from mall.shipping import commands
from tests.messages.test_pushes import push
from tests.support.http import Http, error_code
from tests.support.outbound import sweep_now
from tests.support.servers import LiveServer
from tests.support.settings import set_template
from tests.support.shipping import TestOrder, make_paid_order
from tests.support.staff import make_staff
from tests.support.users import make_shopper
from tests.support.wechat import control

TEMPLATE = "tpl-order-shipped-0000000000000000000000001"


@pytest.fixture(autouse=True)
def _template(app: Flask, simulator: LiveServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    set_template(ORDER_SHIPPED_TEMPLATE, TEMPLATE)
    control(simulator, "/reset")
    yield
    control(simulator, "/reset")


def allow(http: Http, token: str, answer: str = "accept") -> Any:
    reply = http.as_(token).post("/api/v1/subscriptions", {"results": {TEMPLATE: answer}})
    assert reply.status_code == 200, reply.json
    return reply.get_json()["items"][0]["remaining"]


def shipped_order(http: Http, simulator: LiveServer, *, grants: int = 1) -> TestOrder:
    """A shipped order of a shopper who allowed a message, here and in WeChat's books."""
    order = make_paid_order(2)
    allow(http, order.token)
    if grants:
        control(simulator, "/grants", openid=order.openid, template_id=TEMPLATE, count=grants)
    commands.ship(order.order_no, "ZTO", "A0001")
    return order


def message() -> Any:
    db.session.rollback()
    rows = db.session.execute(
        select(Message.status, Message.error_code, Message.sent_at, Message.ref)
    ).all()
    assert len(rows) <= 1
    return rows[0] if rows else None


def received(simulator: LiveServer, order: TestOrder) -> list[dict[str, Any]]:
    reply = requests.get(
        f"{simulator.url}/_control/messages", params={"openid": order.openid}, timeout=10
    )
    found: list[dict[str, Any]] = reply.json()["messages"]
    return found


def left(order: TestOrder) -> int:
    db.session.rollback()
    return quota.remaining(db.session(), order.user_id, [TEMPLATE])[TEMPLATE]


def test_the_shopper_is_told_that_the_order_is_on_its_way(
    http: Http, simulator: LiveServer, work: Callable[[], None]
) -> None:
    order = shipped_order(http, simulator)
    work()
    (told,) = received(simulator, order)
    assert told["template_id"] == TEMPLATE
    assert told["data"] == {
        "character_string1": order.order_no,
        "thing2": "中通快递",
        "character_string3": "A0001",
    }
    assert (message().status, message().ref) == ("sent", order.order_no)
    assert message().sent_at is not None
    assert left(order) == 0


def test_fields_and_page_are_the_merchants_choice(
    app: Flask,
    http: Http,
    simulator: LiveServer,
    work: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_template(
        ORDER_SHIPPED_TEMPLATE,
        TEMPLATE,
        fields={"goods": "thing4", "carrier": "thing1", "shipped_at": "time3"},
        page="pages/order/index?no={order_no}",
    )
    order = make_paid_order(2, 1)
    allow(http, order.token)
    control(simulator, "/grants", openid=order.openid, template_id=TEMPLATE, count=1)
    commands.ship(order.order_no, "ZTO", "A0001", {order.line_ids[0]: 2})
    commands.ship(order.order_no, "YTO", "B0001")
    work()
    (told,) = received(simulator, order)
    assert told["page"] == f"pages/order/index?no={order.order_no}"
    assert told["data"]["thing1"] == "圆通速递等 2 个包裹"
    assert told["data"]["thing4"] == "枕头2×2；枕头1×1"
    assert len(told["data"]["time3"]) == len("2026-05-01 12:00")


def test_without_an_allowance_nothing_is_sent(
    http: Http, simulator: LiveServer, work: Callable[[], None]
) -> None:
    order = make_paid_order(1)
    allow(http, order.token, "reject")
    commands.ship(order.order_no, "ZTO", "A0001")
    work()
    assert message().status == "no_grant"
    assert received(simulator, order) == []


def test_without_a_template_it_can_be_read_in_the_inbox(
    http: Http, work: Callable[[], None]
) -> None:
    set_template(ORDER_SHIPPED_TEMPLATE, "")
    order = make_paid_order(1)
    commands.ship(order.order_no, "ZTO", "A0001")
    work()
    assert message().status == "no_template"
    (item,) = http.as_(order.token).get("/api/v1/messages/inbox").get_json()["items"]
    body = f"订单 {order.order_no} 已由中通快递发出，运单号 A0001。"
    assert (item["title"], item["body"], item["read_at"]) == ("订单已发货", body, None)
    assert http.as_(order.token).get("/api/v1/subscriptions").json == {"items": []}


def test_a_grant_that_wechat_doesnt_know_clears_the_quota(
    http: Http, simulator: LiveServer, work: Callable[[], None]
) -> None:
    order = make_paid_order(1)
    allow(http, order.token)
    assert allow(http, order.token) == 2
    commands.ship(order.order_no, "ZTO", "A0001")
    work()
    assert (message().status, message().error_code) == ("refused", "43101")
    assert left(order) == 0
    assert allow(http, order.token) == 1, "a new acceptance counts again"


def test_a_refused_value_fails_with_its_reason_and_keeps_the_grant(
    app: Flask,
    http: Http,
    simulator: LiveServer,
    work: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_template(ORDER_SHIPPED_TEMPLATE, TEMPLATE, fields={"carrier": "number1"})
    order = shipped_order(http, simulator)
    work()
    assert (message().status, message().error_code) == ("failed", "47003")
    assert left(order) == 1
    staff = http.as_(make_staff("message:read"))
    (listed,) = staff.get("/admin/api/v1/messages", status="failed").json["items"]
    assert (listed["ref"], listed["error_code"]) == (order.order_no, "47003")
    assert "openid" not in json.dumps(listed)
    assert staff.get("/admin/api/v1/messages", status="sent").json["items"] == []
    assert http.as_(make_staff("order:read")).get("/admin/api/v1/messages").status_code == 403


def test_a_failed_message_is_sent_again_by_one_press(
    app: Flask,
    http: Http,
    simulator: LiveServer,
    work: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_template(ORDER_SHIPPED_TEMPLATE, TEMPLATE, fields={"carrier": "number1"})
    order = shipped_order(http, simulator)
    work()
    set_template(ORDER_SHIPPED_TEMPLATE, TEMPLATE, fields={"carrier": "thing1"})
    staff = http.as_(make_staff("message:read", "message:write"))
    (listed,) = staff.get("/admin/api/v1/messages").get_json()["items"]
    path = f"/admin/api/v1/messages/{listed['id']}/retry"
    assert http.as_(make_staff("message:read")).post(path).status_code == 403
    assert staff.post(path).status_code == 204
    work()
    assert message().status == "sent"
    assert left(order) == 0
    assert len(received(simulator, order)) == 1
    assert error_code(staff.post(path)) == "message_not_failed"
    assert error_code(staff.post("/admin/api/v1/messages/999/retry")) == "message_not_found"
    db.session.execute(text("UPDATE messages SET status = 'failed'"))
    db.session.commit()
    assert error_code(staff.post(path)) == "no_allowance_left"
    assert message().status == "failed"


@pytest.mark.parametrize("kind", ["lost_reply", "http_500"])
def test_when_wechat_may_have_sent_it_it_isnt_sent_again(
    http: Http, simulator: LiveServer, work: Callable[[], None], kind: str
) -> None:
    order = shipped_order(http, simulator)
    control(simulator, "/faults", target="api", path="/cgi-bin/message", kind=kind)
    for _ in range(2):
        work()
        sweep_now()
    work()
    assert message().status == "unknown"
    assert len(received(simulator, order)) == (kind == "lost_reply")
    assert left(order) == 0


def test_a_used_up_quota_waits(http: Http, simulator: LiveServer, work: Callable[[], None]) -> None:
    order = shipped_order(http, simulator)
    control(
        simulator,
        "/faults",
        target="api",
        path="/cgi-bin/message",
        kind="errcode",
        error={"errcode": 45009, "errmsg": "reach max api daily quota limit"},
    )
    work()
    assert message().status == "pending"
    sweep_now()
    work()
    assert message().status == "sent"
    assert len(received(simulator, order)) == 1


def test_a_message_of_yesterday_is_given_up(
    http: Http, simulator: LiveServer, work: Callable[[], None]
) -> None:
    order = shipped_order(http, simulator)
    control(
        simulator,
        "/faults",
        target="api",
        path="/cgi-bin/message",
        kind="errcode",
        error={"errcode": 45009, "errmsg": "reach max api daily quota limit"},
        count=2,
    )
    work()
    db.session.execute(text("UPDATE outbound_calls SET since = now() - interval '25 hours'"))
    db.session.commit()
    sweep_now()
    work()
    assert message().status == "failed"
    assert left(order) == 1


def test_the_sweep_finds_what_was_lost(
    http: Http, simulator: LiveServer, work: Callable[[], None]
) -> None:
    order = shipped_order(http, simulator)
    work_but_lose_the_message(work)
    sweep_outbound_calls()
    work()
    assert message().status == "pending", "not due yet"
    sweep_now()
    work()
    assert len(received(simulator, order)) == 1
    # As if the worker had died during the call.
    db.session.execute(text("UPDATE messages SET status = 'sending'"))
    db.session.execute(
        text(
            "UPDATE outbound_calls SET state = 'sending', due_at = now()"
            " WHERE kind = 'messages.send'"
        )
    )
    db.session.commit()
    sweep_now()
    work()
    assert message().status == "unknown"
    assert len(received(simulator, order)) == 1


def work_but_lose_the_message(work: Callable[[], None]) -> None:
    """Deliver the event, and drop the job that it leads to."""
    db.session.execute(
        text(
            "CREATE OR REPLACE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN IF NEW.args ->> 'kind' = 'messages.send' THEN NEW.status = 'cancelled';"
            " END IF; RETURN NEW; END $$;"
            "CREATE TRIGGER lose BEFORE INSERT ON procrastinate_jobs"
            " FOR EACH ROW EXECUTE FUNCTION lose()"
        )
    )
    db.session.commit()
    work()
    db.session.execute(text("DROP TRIGGER lose ON procrastinate_jobs; DROP FUNCTION lose()"))
    db.session.commit()


def test_an_unknown_template_or_answer_is_refused(http: Http) -> None:
    _, token = make_shopper()
    for results, code in (
        ({"tpl-unknown": "accept"}, "unknown_template"),
        ({TEMPLATE: "maybe"}, "validation_failed"),
        ({}, "validation_failed"),
        ({f"t{n}": "accept" for n in range(4)}, "validation_failed"),
    ):
        reply = http.as_(token).post("/api/v1/subscriptions", {"results": results})
        assert (reply.status_code, error_code(reply)) == (422, code)
    assert db.session.scalar(text("SELECT count(*) FROM message_grants")) == 0


def test_one_press_counts_once(http: Http) -> None:
    _, token = make_shopper()
    body = {"results": {TEMPLATE: "accept"}}
    for _ in range(2):
        http.as_(token).post("/api/v1/subscriptions", body, key="press-0001")
    (item,) = http.as_(token).get("/api/v1/subscriptions").get_json()["items"]
    assert item == {
        "kind": "order_shipped", "purpose": "order", "template_id": TEMPLATE, "remaining": 1,
    }  # fmt: skip


def test_an_acceptance_told_by_client_and_wechat_counts_once(
    http: Http, work: Callable[[], None]
) -> None:
    order = make_paid_order(1)
    entry = {"TemplateId": TEMPLATE, "SubscribeStatusString": "accept", "PopupScene": "0"}
    prompt = {"FromUserName": order.openid, "List": [entry, {**entry, "TemplateId": "other"}]}
    push(http, "subscribe_msg_popup_event", prompt)
    work()
    assert left(order) == 1
    assert allow(http, order.token) == 1
    assert allow(http, order.token) == 2, "a second prompt"
    push(http, "subscribe_msg_popup_event", {**prompt, "CreateTime": 1700000001})
    work()
    assert left(order) == 2


@pytest.mark.parametrize(
    ("event", "entry"),
    [
        ("subscribe_msg_change_event", {"SubscribeStatusString": "reject"}),
        ("subscribe_msg_sent_event", {"MsgID": "1", "ErrorCode": "43101"}),
    ],
)
def test_a_rejection_clears_the_quota(
    http: Http, work: Callable[[], None], event: str, entry: dict[str, str]
) -> None:
    order = make_paid_order(1)
    allow(http, order.token)
    push(http, event, {"FromUserName": "oStranger", "List": {"TemplateId": TEMPLATE, **entry}})
    work()
    assert left(order) == 1
    wrapper = {"subscribe_msg_change_event": "SubscribeMsgChangeEvent"}.get(
        event, "SubscribeMsgSentEvent"
    )
    holder = {wrapper: {"List": {"TemplateId": TEMPLATE, **entry}}}
    push(http, event, {"FromUserName": order.openid, **holder})
    work()
    assert left(order) == 0


def test_a_good_delivery_changes_nothing(http: Http, work: Callable[[], None]) -> None:
    order = make_paid_order(1)
    allow(http, order.token)
    entry = {"TemplateId": TEMPLATE, "MsgID": "1", "ErrorCode": "0", "ErrorStatus": "success"}
    push(http, "subscribe_msg_sent_event", {"FromUserName": order.openid, "List": [entry]})
    work()
    assert left(order) == 1
