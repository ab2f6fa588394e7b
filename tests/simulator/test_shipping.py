"""Shipping uploads, receipt, and the pushes that come of them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from wechatpayv3 import WeChatPay
from wechatpy.crypto import WeChatCrypto

from mall.wechat.simulator import RunningSimulator
from tests.simulator.helpers import Control, Received, Sink, order, refund
from tests.simulator.test_mini import Mini

UPLOAD = "/wxa/sec/order/upload_shipping_info"


@pytest.fixture
def mini(wechat: RunningSimulator) -> Mini:
    return Mini(wechat)


@pytest.fixture
def upload(pay: WeChatPay, control: Control, wechat: RunningSimulator) -> dict[str, Any]:
    """A good upload for the paid order SHIP0001."""
    openid = control.openid()
    order(pay, "SHIP0001", openid)
    control.approve("SHIP0001")
    return {
        "order_key": {
            "order_number_type": 1,
            "mchid": wechat.credentials.mchid,
            "out_trade_no": "SHIP0001",
        },
        "logistics_type": 1,
        "delivery_mode": 1,
        "shipping_list": [
            {
                "tracking_no": "SF1234567890",
                "express_company": "SF",
                "item_desc": "腾讯公仔*1",
                "contact": {"receiver_contact": "138****8000"},
            }
        ],
        "upload_time": "2026-01-02T03:04:05.120+08:00",
        "payer": {"openid": openid},
    }


def _later(upload: dict[str, Any], second: int, number: str) -> dict[str, Any]:
    parcel = upload["shipping_list"][0] | {"tracking_no": number}
    time = f"2026-01-02T03:04:{second:02d}.120+08:00"
    return upload | {"shipping_list": [parcel], "upload_time": time}


def test_an_order_is_shipped_corrected_once_and_received(
    mini: Mini, control: Control, upload: dict[str, Any]
) -> None:
    named = {"merchant_id": upload["order_key"]["mchid"], "merchant_trade_no": "SHIP0001"}
    assert mini.post("/wxa/sec/order/get_order", named)["order"]["order_state"] == 1
    control.post("/shipments/SHIP0001/confirm", 409)
    assert mini.post(UPLOAD, upload)["errcode"] == 0
    shown = mini.post("/wxa/sec/order/get_order", named)["order"]
    assert (shown["order_state"], shown["paid_amount"]) == (2, 100)
    assert shown["shipping"]["shipping_list"][0]["tracking_no"] == "SF1234567890"
    assert mini.post(UPLOAD, _later(upload, 6, "SF1234567890"))["errcode"] == 10060023
    assert mini.post(UPLOAD, _later(upload, 4, "SF2"))["errcode"] == 268485216
    assert mini.post(UPLOAD, _later(upload, 7, "SF2"))["errcode"] == 0
    assert mini.post(UPLOAD, _later(upload, 8, "SF3"))["errcode"] == 10060003
    control.post("/shipments/SHIP0001/confirm")
    assert mini.post("/wxa/sec/order/get_order", named)["order"]["order_state"] == 3
    assert mini.post(UPLOAD, _later(upload, 9, "SF4"))["errcode"] == 10060004
    control.post("/shipments/SHIP0001/confirm", 409)


def test_split_delivery(mini: Mini, upload: dict[str, Any]) -> None:
    first = upload | {"delivery_mode": 2, "is_all_delivered": False}
    assert mini.post(UPLOAD, first)["errcode"] == 0
    whole = {"delivery_mode": 2, "is_all_delivered": True}
    assert mini.post(UPLOAD, _later(upload, 6, "SF2") | whole)["errcode"] == 0
    assert mini.post(UPLOAD, _later(upload, 7, "SF3"))["errcode"] == 10060002


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"order_key": {}}, 268485195),
        ({"logistics_type": 9}, 10060005),
        ({"delivery_mode": 9}, 268485224),
        ({"delivery_mode": 2}, 10060007),
        ({"delivery_mode": 2, "logistics_type": 3}, 10060006),
        ({"upload_time": "2026-01-02T03:04:05+08:00"}, 268485216),
        ({"payer": {"openid": "oSomebodyElse"}}, 10060031),
        ({"shipping_list": [{"item_desc": ""}]}, 10060008),
        ({"shipping_list": [{"item_desc": "x" * 121}]}, 10060009),
        ({"shipping_list": [{"item_desc": "x"}]}, 268485226),
        ({"shipping_list": [{"item_desc": "x", "tracking_no": "1"}]}, 268485227),
        ({"shipping_list": [{"item_desc": "x"}] * 2}, 268485228),
    ],
)
def test_uploads_that_break_a_rule(
    mini: Mini, upload: dict[str, Any], change: dict[str, Any], errcode: int
) -> None:
    assert mini.post(UPLOAD, upload | change)["errcode"] == errcode


def test_orders_that_cannot_be_shipped(
    mini: Mini, pay: WeChatPay, control: Control, upload: dict[str, Any]
) -> None:
    unknown = upload["order_key"] | {"out_trade_no": "NOTHING1"}
    assert mini.post(UPLOAD, upload | {"order_key": unknown})["errcode"] == 10060001
    control.post("/settings", shipping_unknown_s=60)
    assert mini.post(UPLOAD, upload)["errcode"] == 10060001
    control.post("/settings", shipping_unknown_s=0)
    refund(pay, "SHIP0001", "R1", 100)
    assert mini.post(UPLOAD, upload)["errcode"] == 10060004


def test_the_list_of_orders(mini: Mini, pay: WeChatPay, control: Control) -> None:
    openid = control.openid()
    for index in range(3):
        order(pay, f"LIST{index:04d}", openid)
        control.approve(f"LIST{index:04d}")
    path = "/wxa/sec/order/get_order_list"
    first = mini.post(path, {"order_state": 1, "openid": openid, "page_size": 2})
    assert [o["merchant_trade_no"] for o in first["order_list"]] == ["LIST0002", "LIST0001"]
    assert first["has_more"]
    rest = mini.post(path, {"order_state": 1, "page_size": 2, "last_index": first["last_index"]})
    assert len(rest["order_list"]) == 1
    assert not rest["has_more"]
    assert mini.post(path, {"order_state": 2})["order_list"] == []


def test_reminding_of_receipt(mini: Mini, upload: dict[str, Any], wechat: Any) -> None:
    path = "/wxa/sec/order/notify_confirm_receive"
    body = {"merchant_trade_no": "SHIP0001", "received_time": 4_000_000_000}
    assert mini.post(path, body)["errcode"] == 10060028
    mini.post(UPLOAD, upload)
    assert mini.post(path, body | {"received_time": 1})["errcode"] == 10060029
    assert mini.post(path, body)["errcode"] == 0
    assert mini.post(path, body)["errcode"] == 10060030


def _pushes(sink: Sink, count: int) -> list[Received]:
    sink.wait_for(count + 1)  # the payment's callback came as well
    return [one for one in sink.received if one.path == "/callbacks/wechat/push"]


def test_settlement_is_pushed_twice_in_safe_mode(
    mini: Mini, control: Control, upload: dict[str, Any], sink: Sink, wechat: RunningSimulator
) -> None:
    """Decrypted by wechatpy, which checks signature and app."""
    mini.post(UPLOAD, upload)
    control.post("/shipments/SHIP0001/confirm")
    credentials = wechat.credentials
    crypto = WeChatCrypto(credentials.push_token, credentials.push_aes_key, credentials.appid)
    events = []
    for one in _pushes(sink, 2):
        assert one.args["encrypt_type"] == "aes"
        signature, timestamp, nonce = (
            one.args[name] for name in ("msg_signature", "timestamp", "nonce")
        )
        plain = crypto.decrypt_message(json.loads(one.body), signature, timestamp, nonce)
        events.append(json.loads(plain))
    assert {event["Event"] for event in events} == {"trade_manage_order_settlement"}
    assert {event["merchant_trade_no"] for event in events} == {"SHIP0001"}
    assert sorted("settlement_time" in event for event in events) == [False, True]


def test_plain_pushes_and_none(
    mini: Mini, control: Control, sink: Sink, wechat: RunningSimulator
) -> None:
    control.post("/settings", push_mode="plain")
    control.post("/pushes", 202, event="subscribe_msg_popup_event", fields={"x": 1}, openid="o1")
    (received,) = sink.wait_for(1)
    assert json.loads(received.body)["Event"] == "subscribe_msg_popup_event"
    assert "msg_signature" not in received.args
    control.post("/settings", push_mode="off")
    control.post("/pushes", 202, event="debug_demo")
    control.wait()
    assert len(sink.received) == 1


@pytest.mark.parametrize("tampering", ["forge", "wrong_appid", "stale"])
def test_pushes_that_must_be_refused(control: Control, sink: Sink, tampering: str) -> None:
    sink.status = 403
    control.fault("push", tampering, retry=False)
    control.post("/pushes", 202, event="debug_demo")
    control.wait()
    (entry,) = control.callbacks(target="push")
    assert (entry["status"], entry["attempts"][0]["tampering"]) == ("failed", tampering)


def test_a_push_is_sent_three_times_in_all(control: Control, sink: Sink) -> None:
    sink.status = 500
    control.post("/pushes", 202, event="debug_demo")
    control.wait()
    (entry,) = control.callbacks()
    assert (entry["status"], len(entry["attempts"])) == ("failed", 3)


def test_a_media_check_is_answered_by_push(mini: Mini, control: Control, sink: Sink) -> None:
    control.post("/settings", push_mode="plain")
    given = control.post("/login-codes")
    mini.login(given["code"])
    body = {"version": 2, "scene": 2, "openid": given["openid"], "media_type": 2}
    answer = mini.post("/wxa/media_check_async", body | {"media_url": "https://x/risky.jpg"})
    event = json.loads(sink.wait_for(1)[0].body)
    assert (event["Event"], event["trace_id"]) == ("wxa_media_check", answer["trace_id"])
    assert event["result"]["suggest"] == "risky"
