"""The message push: verified, taken in once, acted on by a job."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from werkzeug.test import TestResponse

from mall.config import current_config
from mall.kernel.db import db
from mall.messages import pushes
from mall.orders.models import Order
from mall.shipping import commands
from mall.wechat.push_events import PUSH_HANDLERS, PushHandler
from tests.support.features import installed
from tests.support.http import Http
from tests.support.servers import LiveServer
from tests.support.shipping import TestOrder, make_paid_order
from tests.support.wechat import control

PATH = "/callbacks/wechat/push"


def signed(**changes: str) -> dict[str, str]:
    """The query of a genuine push, with something changed after signing."""
    stamp, nonce = str(int(time.time())), "n0nce"
    parts = sorted([current_config().wechat_push_token, stamp, nonce])
    signature = hashlib.sha1("".join(parts).encode()).hexdigest()
    return {"timestamp": stamp, "nonce": nonce, "signature": signature, **changes}


def push(http: Http, event: str, fields: dict[str, Any], **changes: str) -> TestResponse:
    message = {
        "ToUserName": "gh_1",
        "FromUserName": "oShopper",
        "CreateTime": 1700000000,
        "MsgType": "event",
        "Event": event,
        **fields,
    }
    with http.app.test_client() as client:
        return client.post(PATH, query_string=signed(**changes), data=json.dumps(message))


def rows() -> list[Any]:
    db.session.rollback()
    return list(
        db.session.execute(text("SELECT event, content, handled_at FROM wechat_pushes ORDER BY id"))
    )


def test_the_address_check_is_answered_verbatim(http: Http) -> None:
    answer = http.get(PATH, **signed(echostr="4375120948345356249"))
    assert (answer.status_code, answer.text) == (200, "4375120948345356249")
    assert answer.content_type.startswith("text/plain")
    assert http.get(PATH, **signed(echostr="x", nonce="other")).status_code == 403
    assert http.get(PATH).status_code == 403


@pytest.mark.parametrize(
    "changes", [{"signature": "0" * 40}, {"timestamp": "1700000000"}, {"nonce": "other"}]
)
def test_what_isnt_from_wechat_is_rejected(http: Http, changes: dict[str, str]) -> None:
    answer = push(http, "trade_manage_remind_shipping", {}, **changes)
    assert answer.status_code == 403
    assert rows() == []


def test_a_push_that_nobody_wants_is_answered_and_dropped(http: Http) -> None:
    assert push(http, "unheard_of", {"secret": "oShopper"}).text == "success"
    assert rows() == []


def test_three_deliveries_have_one_effect(http: Http, work: Callable[[], None]) -> None:
    order = shipped_order()
    for _ in range(3):
        assert push(http, "trade_manage_order_settlement", settlement(order)).text == "success"
    assert len(rows()) == 1
    work()
    assert status_of(order) == "completed"
    ((_, content, handled_at),) = rows()
    assert content is None, "what a push said isn't kept once it is done"
    assert handled_at is not None
    assert push(http, "trade_manage_order_settlement", settlement(order)).text == "success"
    assert len(rows()) == 1


def test_a_handler_that_fails_is_tried_again(http: Http, work: Callable[[], None]) -> None:
    calls: list[str] = []

    def flaky(_: object, fields: Any) -> None:
        calls.append(str(fields["n"]))
        if len(calls) == 1:
            raise RuntimeError("not now")

    with installed(lambda mall: mall.add(PUSH_HANDLERS, PushHandler("test_event", flaky))):
        push(http, "test_event", {"n": 7})
        work()
        assert rows()[0].handled_at is None
        db.session.execute(text("UPDATE procrastinate_jobs SET scheduled_at = now()"))
        db.session.commit()
        work()
    assert calls == ["7", "7"]
    assert rows()[0].handled_at is not None


def shipped_order() -> TestOrder:
    order = make_paid_order(1)
    commands.ship(order.order_no, "ZTO", "A0001")
    return order


def settlement(order: TestOrder, **changes: Any) -> dict[str, Any]:
    transaction_id = db.session.scalar(
        text("SELECT transaction_id FROM payment_attempts WHERE order_id = :id"), {"id": order.id}
    )
    return {
        "transaction_id": transaction_id,
        "merchant_id": current_config().wechat_mchid,
        "merchant_trade_no": "x",
        "confirm_receive_method": 2,
        "confirm_receive_time": 1700000000,
        **changes,
    }


def status_of(order: TestOrder) -> str:
    db.session.rollback()
    return str(db.session.scalar(select(Order.status).where(Order.id == order.id)))


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, "completed"),
        ({"confirm_receive_method": "1"}, "completed"),
        ({"confirm_receive_method": None}, "shipped"),
        ({"confirm_receive_method": 9}, "shipped"),
        ({"merchant_id": "1900000000"}, "shipped"),
        ({"transaction_id": "nobody's"}, "shipped"),
    ],
)
def test_settlement_confirms_receipt(
    http: Http, work: Callable[[], None], changes: dict[str, Any], status: str
) -> None:
    order = shipped_order()
    push(http, "trade_manage_order_settlement", settlement(order, **changes))
    work()
    assert status_of(order) == status
    assert rows()[0].handled_at is not None


def test_settlement_of_an_order_that_isnt_shipped_changes_nothing(
    http: Http, work: Callable[[], None]
) -> None:
    order = make_paid_order(1)
    push(http, "trade_manage_order_settlement", settlement(order))
    work()
    assert status_of(order) == "paid"
    assert rows()[0].handled_at is not None


def test_xml_is_understood_too(http: Http, work: Callable[[], None]) -> None:
    order = shipped_order()
    fields = {"MsgType": "event", "Event": "trade_manage_order_settlement", **settlement(order)}
    body = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in fields.items())
    with http.app.test_client() as client:
        answer = client.post(PATH, query_string=signed(), data=f"<xml>{body}</xml>")
    assert answer.text == "success"
    work()
    assert status_of(order) == "completed"


def test_a_reminder_is_counted(http: Http, work: Callable[[], None]) -> None:
    before = reminders(http)
    push(http, "trade_manage_remind_shipping", {"merchant_trade_no": "T1", "msg": "48h"})
    work()
    assert reminders(http) == before + 1


def reminders(http: Http) -> float:
    name = 'mall_wechat_reminders_total{event="trade_manage_remind_shipping"} '
    lines = http.get("/metrics").text.splitlines()
    return sum(float(line.removeprefix(name)) for line in lines if line.startswith(name))


def test_old_pushes_are_forgotten(http: Http, work: Callable[[], None]) -> None:
    order = shipped_order()
    push(http, "trade_manage_order_settlement", settlement(order))
    work()
    pushes.forget_pushes()
    assert len(rows()) == 1
    db.session.execute(text("UPDATE wechat_pushes SET handled_at = now() - interval '31 days'"))
    db.session.commit()
    pushes.forget_pushes()
    assert rows() == []


@pytest.fixture
def pushing_wechat(simulator: LiveServer, live_mall: LiveServer) -> Iterator[LiveServer]:
    """The simulator, told where this mall listens."""
    control(simulator, "/reset")
    control(simulator, "/settings", mall_url=live_mall.url, time_scale=0.01)
    yield simulator
    control(simulator, "/reset")


@pytest.mark.parametrize("fault", [None, "double", "forge", "stale", "lost_reply"])
def test_encrypted_pushes_of_wechat_arrive_once(
    app: Flask, pushing_wechat: LiveServer, work: Callable[[], None], fault: str | None
) -> None:
    order = shipped_order()
    if fault:
        control(pushing_wechat, "/faults", target="push", kind=fault)
    fields = settlement(order)
    control(
        pushing_wechat, "/pushes", event="trade_manage_order_settlement", fields=fields, openid="o1"
    )
    control(pushing_wechat, "/wait", seconds=5)
    work()
    assert status_of(order) == "completed"
    assert len(rows()) == 1
