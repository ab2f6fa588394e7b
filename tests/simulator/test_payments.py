"""Payments as an independent client library and a shopper's phone see them."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from wechatpayv3 import WeChatPay

from mall.wechat.simulator import RunningSimulator
from tests.simulator.helpers import Control, Sink, library, order


def test_an_order_is_placed_paid_announced_and_queried(
    pay: WeChatPay, control: Control, sink: Sink
) -> None:
    openid = control.openid()
    status, body = order(pay, "ORDER0001", openid)
    assert status == 200
    assert json.loads(body)["prepay_id"].startswith("wx")
    before = json.loads(pay.query(out_trade_no="ORDER0001")[1])
    assert (before["trade_state"], before["attach"]) == ("NOTPAY", "附加")
    assert not {"transaction_id", "amount", "payer", "success_time"} & set(before)

    transaction_id = control.approve("ORDER0001")["transaction_id"]
    assert len(transaction_id) == 28
    (received,) = sink.wait_for(1)
    event = pay.callback(received.headers, received.body.decode())
    assert event["event_type"] == "TRANSACTION.SUCCESS"
    assert event["resource"]["transaction_id"] == transaction_id
    assert event["resource"]["amount"]["total"] == 100
    assert event["resource"]["payer"] == {"openid": openid}

    after = json.loads(pay.query(transaction_id=transaction_id)[1])
    assert after == event["resource"]
    control.wait()
    (entry,) = control.callbacks()
    assert entry["status"] == "delivered"


def test_the_phone_checks_pay_sign(pay: WeChatPay, control: Control, wechat: Any) -> None:
    openid = control.openid()
    prepay_id = json.loads(order(pay, "ORDER0002", openid)[1])["prepay_id"]
    order(pay, "ORDER0003", openid)
    good = _pay_parameters(pay, wechat.credentials.appid, prepay_id)
    for bad in (
        good | {"paySign": good["paySign"][:-8] + "AAAAAAA="},
        good | {"timeStamp": "1"},
        good | {"package": "prepay_id=wx0"},
        good | {"signType": "MD5"},
        {name: value for name, value in good.items() if name != "nonceStr"},
    ):
        answer = control.post("/payments/ORDER0002/approve", 400, **bad)
        assert answer["error"]["message"].startswith("requestPayment:fail")
    control.post("/payments/ORDER0003/approve", 400, **good)  # of another order
    control.post("/request-payment", 400, openid="oSomebodyElse", **good)
    answer = control.post("/request-payment", openid=openid, **good)
    assert (answer["errMsg"], answer["state"]) == ("requestPayment:ok", "SUCCESS")
    control.post("/payments/ORDER0002/approve", 400, **good)  # paid already


def _pay_parameters(pay: WeChatPay, appid: str, prepay_id: str) -> dict[str, str]:
    timestamp, nonce = str(int(time.time())), "5K8264ILTKCH16CQ2502SI8ZNMTM67VS"
    package = f"prepay_id={prepay_id}"
    return {
        "timeStamp": timestamp,
        "nonceStr": nonce,
        "package": package,
        "signType": "RSA",
        "paySign": pay.sign([appid, timestamp, nonce, package]),
    }


def test_a_prepay_id_lives_two_hours(pay: WeChatPay, control: Control, wechat: Any) -> None:
    prepay_id = json.loads(order(pay, "ORDER0004", control.openid())[1])["prepay_id"]
    control.post("/settings", clock_offset_s=7201)
    parameters = _pay_parameters(pay, wechat.credentials.appid, prepay_id)
    answer = control.post("/request-payment", 400, **parameters)
    assert answer["error"]["code"] == "prepay_expired"


def test_a_phone_finds_its_payment_by_any_prepay_id(pay: WeChatPay, control: Control) -> None:
    openid = control.openid()
    given = [json.loads(order(pay, "ORDER0021", openid)[1])["prepay_id"] for _ in range(2)]
    order(pay, "ORDER0022", openid)
    for prepay_id in given:
        (found,) = control.get(f"/payments?prepay_id={prepay_id}")["payments"]
        assert found["out_trade_no"] == "ORDER0021"
    assert control.get("/payments?prepay_id=wx0")["payments"] == []


def test_placing_again(pay: WeChatPay, control: Control) -> None:
    openid = control.openid()
    first = json.loads(order(pay, "ORDER0005", openid)[1])["prepay_id"]
    second = json.loads(order(pay, "ORDER0005", openid)[1])["prepay_id"]
    assert first != second
    status, body = order(pay, "ORDER0005", openid, total=101)
    assert (status, json.loads(body)["code"]) == (403, "OUT_TRADE_NO_USED")
    control.approve("ORDER0005")
    status, body = order(pay, "ORDER0005", openid)
    assert (status, json.loads(body)["message"]) == (400, "该订单已支付")


def test_closing(pay: WeChatPay, control: Control) -> None:
    openid = control.openid()
    order(pay, "ORDER0006", openid)
    assert pay.close("ORDER0006")[0] == 204
    assert pay.close("ORDER0006")[0] == 204  # re-entrant; the library verified both
    assert json.loads(pay.query(out_trade_no="ORDER0006")[1])["trade_state"] == "CLOSED"
    control.post("/payments/ORDER0006/approve", 400)
    assert order(pay, "ORDER0006", openid)[0] == 400
    order(pay, "ORDER0007", openid)
    control.approve("ORDER0007")
    assert pay.close("ORDER0007")[0] == 400
    status, body = pay.close("ORDER9999")
    assert (status, json.loads(body)["code"]) == (404, "ORDER_NOT_EXIST")


def test_close_and_pay_race_has_one_winner(pay: WeChatPay, control: Control) -> None:
    openid = control.openid()
    numbers = [f"RACE{index:04d}" for index in range(8)]
    for number in numbers:
        order(pay, number, openid)
    with ThreadPoolExecutor(16) as pool:
        closes = [pool.submit(pay.close, number) for number in numbers]
        pays = [
            pool.submit(requests.post, f"{control.url}/_control/payments/{n}/approve", timeout=10)
            for n in numbers
        ]
    for closed, paid in zip(closes, pays, strict=True):
        assert (closed.result()[0] == 204) != (paid.result().status_code == 200)


def test_declined_and_ignored_orders_stay_payable(pay: WeChatPay, control: Control) -> None:
    order(pay, "ORDER0008", control.openid())
    assert control.post("/payments/ORDER0008/decline")["phone"] == "declined"
    assert control.post("/payments/ORDER0008/ignore")["phone"] == "ignored"
    assert json.loads(pay.query(out_trade_no="ORDER0008")[1])["trade_state"] == "NOTPAY"
    assert control.approve("ORDER0008")["state"] == "SUCCESS"


def test_a_coupon_lowers_what_the_payer_pays(pay: WeChatPay, control: Control, sink: Sink) -> None:
    control.post("/settings", coupon_fen=30)
    order(pay, "ORDER0009", control.openid())
    control.approve("ORDER0009")
    (received,) = sink.wait_for(1)
    paid = pay.callback(received.headers, received.body.decode())["resource"]
    assert (paid["amount"]["total"], paid["amount"]["payer_total"]) == (100, 70)
    assert paid["promotion_detail"][0]["amount"] == 30


def test_time_expire_stops_paying_but_does_not_close(pay: WeChatPay, control: Control) -> None:
    pay.pay(
        description="x",
        out_trade_no="ORDER0010",
        amount={"total": 1},
        payer={"openid": control.openid()},
        time_expire=(datetime.now(UTC) + timedelta(seconds=90)).isoformat(timespec="seconds"),
    )
    control.post("/settings", clock_offset_s=91)
    control.post("/payments/ORDER0010/approve", 400)
    assert json.loads(pay.query(out_trade_no="ORDER0010")[1])["trade_state"] == "NOTPAY"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"description": "字" * 128}, "/description"),
        ({"out_trade_no": "AB12"}, "/out_trade_no"),
        ({"out_trade_no": "ORDER 0011"}, "/out_trade_no"),
        ({"attach": "字" * 129}, "/attach"),
        ({"amount": {"total": 0}}, "/amount/total"),
        ({"amount": {"total": 1.5}}, "/amount/total"),
        ({"amount": {"total": 1, "currency": "USD"}}, "/amount/currency"),
        ({"amount": {"total": 1, "discount": 1}}, "/amount/discount"),
        ({"payer": {"openid": "o" * 129}}, "/payer/openid"),
        ({"notify_url": "https://example.com/notify?x=1"}, "/notify_url"),
        ({"notify_url": "http://example.com/notify"}, "/notify_url"),
        ({"time_expire": "tomorrow"}, "/time_expire"),
        ({"time_expire": "2020-01-01T00:00:00+08:00"}, "/time_expire"),
        ({"time_expire": "2099-01-01T00:00:00+08:00"}, "/time_expire"),
        (
            {"time_expire": (datetime.now(UTC) + timedelta(seconds=30)).isoformat()},
            "/time_expire",
        ),
        ({"detail": {"goods_detail": [{"quantity": 1}]}}, "/detail/goods_detail/0"),
    ],
)
def test_prepay_parameters(
    pay: WeChatPay, control: Control, change: dict[str, Any], field: str
) -> None:
    fields = {
        "description": "x",
        "out_trade_no": "ORDER0011",
        "amount": {"total": 1},
        "payer": {"openid": "oAnybody"},
    }
    status, body = pay.pay(**(fields | change))
    error = json.loads(body)
    assert (status, error["code"]) == (400, "PARAM_ERROR")
    assert error["detail"]["field"].startswith(field)


def test_a_foreign_appid_is_refused(pay: WeChatPay, control: Control) -> None:
    status, body = pay.pay(
        description="x",
        out_trade_no="ORDER0012",
        amount={"total": 1},
        payer={"openid": control.openid()},
        appid="wx0000000000000000",
    )
    assert (status, json.loads(body)["code"]) == (400, "APPID_MCHID_NOT_MATCH")


def test_certificate_mode(
    pay: WeChatPay, control: Control, wechat: RunningSimulator, sink: Sink, tmp_path: Any
) -> None:
    """A merchant without a public key loads the platform certificate and trusts that."""
    control.post("/settings", sign_with="certificate")
    client = library(wechat, sink)
    client._core._public_key = client._core._public_key_id = None
    assert order(client, "ORDER0013", control.openid())[0] == 200  # verified by certificate
    assert [f"{c.serial_number:040X}" for c in client._core._certificates] == [
        wechat.credentials.platform_serial
    ]
    control.approve("ORDER0013")
    (received,) = sink.wait_for(1)
    assert received.headers["Wechatpay-Serial"] == wechat.credentials.platform_serial
    assert client.callback(received.headers, received.body.decode())["resource"]
    assert order(pay, "ORDER0014", control.openid())[0] == 200  # asked for the public key


def test_certificates_may_be_absent(pay: WeChatPay, control: Control) -> None:
    control.post("/settings", certificates="absent")
    status, body = pay._core.request("/v3/certificates")
    assert (status, json.loads(body)["code"]) == (404, "RESOURCE_NOT_EXISTS")
