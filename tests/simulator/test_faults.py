"""Every kind of fault, at least once."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
import requests
from wechatpayv3 import WeChatPay

from tests.simulator.helpers import Control, Received, Sink, order, refund


@pytest.fixture
def paid(pay: WeChatPay, control: Control) -> Any:
    """Place and pay an order under the faults ordered before."""

    def place_and_pay(number: str = "FAULT001") -> str:
        order(pay, number, control.openid())
        control.approve(number)
        return number

    return place_and_pay


def _opened(pay: WeChatPay, received: Received) -> dict[str, Any] | None:
    opened = pay.callback(received.headers, received.body.decode())
    assert opened is None or isinstance(opened, dict)
    return opened


def test_drop(control: Control, sink: Sink, paid: Any) -> None:
    control.fault("pay-notify", "drop")
    paid()
    control.wait()
    (entry,) = control.callbacks(target="pay-notify")
    assert (entry["status"], sink.received) == ("dropped", [])
    control.post(f"/callbacks/{entry['id']}/redeliver")
    sink.wait_for(1)


def test_delay(control: Control, sink: Sink, paid: Any) -> None:
    control.fault("pay-notify", "delay", seconds=0.3)
    started = time.time()
    paid()
    assert sink.wait_for(1)[0].at - started >= 0.3


def test_double(pay: WeChatPay, control: Control, sink: Sink, paid: Any) -> None:
    control.fault("pay-notify", "double")
    paid()
    first, second = sink.wait_for(2)
    assert _opened(pay, first) == _opened(pay, second)
    assert json.loads(first.body)["id"] == json.loads(second.body)["id"]


def test_reorder(pay: WeChatPay, control: Control, sink: Sink, paid: Any) -> None:
    control.fault("pay-notify", "reorder", seconds=5)
    refund(pay, paid(), "R1", 100)
    received = sink.wait_for(2, timeout_s=3)
    events = [json.loads(one.body)["event_type"] for one in received]
    assert events == ["REFUND.SUCCESS", "TRANSACTION.SUCCESS"]


def test_replay(pay: WeChatPay, control: Control, sink: Sink, paid: Any) -> None:
    control.fault("pay-notify", "replay", seconds=86400)
    paid()
    first, second = sink.wait_for(2)
    assert _opened(pay, first) == _opened(pay, second)  # validly signed
    ages = [int(one.at) - int(one.headers["Wechatpay-Timestamp"]) for one in (first, second)]
    assert ages[0] < 5
    assert ages[1] >= 86400


def test_stale(pay: WeChatPay, control: Control, sink: Sink, paid: Any) -> None:
    control.fault("pay-notify", "stale", seconds=301, retry=False)
    paid()
    (received,) = sink.wait_for(1)
    assert _opened(pay, received)
    assert int(received.at) - int(received.headers["Wechatpay-Timestamp"]) >= 300


@pytest.mark.parametrize("kind", ["forge", "signtest"])
def test_refused_by_signature(
    pay: WeChatPay, control: Control, sink: Sink, paid: Any, kind: str
) -> None:
    sink.status = 401
    control.fault("pay-notify", kind)
    paid()
    tampered, genuine = sink.wait_for(2)[:2]
    assert _opened(pay, tampered) is None
    assert _opened(pay, genuine)
    probe = tampered.headers["Wechatpay-Signature"].startswith("WECHATPAY/SIGNTEST/")
    assert probe == (kind == "signtest")


def test_unknown_serial(control: Control, sink: Sink, paid: Any, wechat: Any) -> None:
    control.fault("pay-notify", "unknown_serial", retry=False)
    paid()
    (received,) = sink.wait_for(1)
    known = (wechat.credentials.public_key_id, wechat.credentials.platform_serial)
    assert received.headers["Wechatpay-Serial"] not in known
    control.wait()
    assert control.callbacks()[0]["status"] == "accepted_tampered"


@pytest.mark.parametrize(
    ("kind", "read"),
    [
        ("wrong_amount", lambda paid: paid["amount"]["total"]),
        ("wrong_currency", lambda paid: paid["amount"]["currency"]),
        ("wrong_appid", lambda paid: paid["appid"]),
        ("wrong_mchid", lambda paid: paid["mchid"]),
        ("wrong_openid", lambda paid: paid["payer"]["openid"]),
    ],
)
def test_wrong_content(
    *, pay: WeChatPay, control: Control, sink: Sink, paid: Any, kind: str, read: Any
) -> None:
    sink.status = 400
    control.fault("pay-notify", kind)
    paid()
    tampered, genuine = (_opened(pay, one) for one in sink.wait_for(2)[:2])
    assert tampered
    assert genuine
    assert read(tampered["resource"]) != read(genuine["resource"])
    assert tampered["resource"]["out_trade_no"] == genuine["resource"]["out_trade_no"]


def test_a_refund_of_the_wrong_amount(
    pay: WeChatPay, control: Control, sink: Sink, paid: Any
) -> None:
    control.fault("refund-notify", "wrong_amount")
    number = paid()
    sink.wait_for(1)  # the payment's own: two callbacks on their way have no order
    refund(pay, number, "R1", 10)
    opened = _opened(pay, sink.wait_for(2)[1])
    assert opened
    assert opened["resource"]["amount"]["refund"] == 11


def test_absent_associated_data(pay: WeChatPay, control: Control, sink: Sink, paid: Any) -> None:
    control.fault("pay-notify", "no_aad")
    paid()
    (received,) = sink.wait_for(1)
    assert "associated_data" not in json.loads(received.body)["resource"]
    assert _opened(pay, received)


def test_an_acknowledgement_that_is_lost(control: Control, sink: Sink, paid: Any) -> None:
    control.fault("pay-notify", "lost_reply")
    paid()
    sink.wait_for(2)


def test_api_hang_and_delay(pay: WeChatPay, control: Control) -> None:
    control.fault("api", "delay", path="/v3/pay", seconds=0.2)
    started = time.monotonic()
    assert order(pay, "FAULT002", control.openid())[0] == 200
    assert time.monotonic() - started >= 0.2
    control.fault("api", "hang", path="/v3/pay", seconds=0.1)
    with pytest.raises(requests.ConnectionError):
        order(pay, "FAULT003", control.openid())
    assert pay.query(out_trade_no="FAULT003")[0] == 404  # it had no effect


def test_api_lost_replies(pay: WeChatPay, control: Control) -> None:
    for number, kind in (("FAULT004", "lost_reply"), ("FAULT005", "hang_after")):
        control.fault("api", kind, path="/v3/pay", seconds=0.1)
        with pytest.raises(requests.ConnectionError):
            order(pay, number, control.openid())
        assert pay.query(out_trade_no=number)[0] == 200  # it had


@pytest.mark.parametrize(
    ("kind", "status", "code", "accepted"),
    [
        ("429_accepted", 429, "FREQUENCY_LIMITED", True),
        ("http_500_accepted", 500, "SYSTEM_ERROR", True),
        ("http_500", 500, "SYSTEM_ERROR", False),
    ],
)
def test_api_refusals_that_may_lie(
    *,
    pay: WeChatPay,
    control: Control,
    paid: Any,
    kind: str,
    status: int,
    code: str,
    accepted: bool,
) -> None:
    number = paid()
    control.fault("api", kind, path="/v3/refund")
    answer = refund(pay, number, "R1", 10)
    assert (answer[0], json.loads(answer[1])["code"]) == (status, code)
    assert (pay.query_refund("R1")[0] == 200) == accepted


def test_api_error_of_choice(pay: WeChatPay, control: Control) -> None:
    error = {"status": 403, "code": "RULE_LIMIT", "message": "业务规则限制"}
    control.fault("api", "error", error=error)
    status, body = order(pay, "FAULT006", control.openid())
    assert (status, json.loads(body)["code"]) == (403, "RULE_LIMIT")


@pytest.mark.parametrize("kind", ["bad_reply_signature", "signtest", "unknown_serial"])
def test_api_reply_signatures(pay: WeChatPay, control: Control, kind: str) -> None:
    openid = control.openid()
    control.fault("api", kind, path="/v3/pay")
    with pytest.raises(Exception, match="failed to verify the signature"):
        order(pay, "FAULT007", openid)
    assert pay.query(out_trade_no="FAULT007")[0] == 200


def test_api_stale_reply(pay: WeChatPay, control: Control) -> None:
    control.fault("api", "stale", path="/v3/pay", seconds=3600)
    assert order(pay, "FAULT008", control.openid())[0] == 200  # the library doesn't look


def test_faults_count_and_can_be_cleared(pay: WeChatPay, control: Control) -> None:
    control.fault("api", "http_500", count=2)
    control.fault("api", "http_500", path="/cgi-bin", count=None)
    openid = control.openid()
    assert [order(pay, "FAULT009", openid)[0] for _ in range(3)] == [500, 500, 200]
    assert len(control.get("/faults")["faults"]) == 1
    cleared = requests.delete(f"{control.url}/_control/faults", timeout=5).json()
    assert cleared == {"cleared": 1}


@pytest.mark.parametrize(
    "spec",
    [
        {"target": "moon", "kind": "drop"},
        {"target": "api", "kind": "drop"},
        {"target": "refund-notify", "kind": "wrong_openid"},
        {"target": "push", "kind": "signtest"},
        {"target": "pay-notify", "kind": "hang"},
        {"target": "pay-notify", "kind": "drop", "count": 0},
        {"target": "pay-notify", "kind": "drop", "seconds": -1},
        {"target": "pay-notify", "kind": "drop", "surprise": 1},
    ],
)
def test_faults_that_make_no_sense(control: Control, spec: dict[str, Any]) -> None:
    assert "error" in control.post("/faults", 400, **spec)


def test_redelivery_with_tampering(pay: WeChatPay, control: Control, sink: Sink, paid: Any) -> None:
    paid()
    control.wait()
    (entry,) = control.callbacks()
    control.post(f"/callbacks/{entry['id']}/redeliver", 400, tampering="magic")
    control.post(f"/callbacks/{entry['id']}/redeliver", tampering="forge")
    assert _opened(pay, sink.wait_for(2)[1]) is None
    control.wait()
    (entry,) = control.callbacks()
    assert (entry["status"], len(entry["attempts"])) == ("accepted_tampered", 2)
