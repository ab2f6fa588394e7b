"""Refunds: acceptance, limits, outcomes and their callbacks."""

from __future__ import annotations

import json

import pytest
from wechatpayv3 import WeChatPay

from tests.simulator.helpers import Control, Sink, order, refund


@pytest.fixture
def paid(pay: WeChatPay, control: Control, sink: Sink) -> str:
    order(pay, "PAID0001", control.openid())
    control.approve("PAID0001")
    control.wait()
    sink.received.clear()
    return "PAID0001"


def _code(answer: tuple[int, str]) -> tuple[int, str]:
    return answer[0], json.loads(answer[1])["code"]


def test_a_partial_refund(pay: WeChatPay, control: Control, sink: Sink, paid: str) -> None:
    status, body = refund(pay, paid, "R1", 30)
    accepted = json.loads(body)
    assert (status, accepted["status"]) == (200, "PROCESSING")
    (received,) = sink.wait_for(1)
    event = pay.callback(received.headers, received.body.decode())
    assert event["event_type"] == "REFUND.SUCCESS"
    assert event["resource"]["refund_status"] == "SUCCESS"
    assert "status" not in event["resource"]
    assert event["resource"]["amount"]["refund"] == 30
    done = json.loads(pay.query_refund("R1")[1])
    assert (done["status"], done["refund_id"]) == ("SUCCESS", accepted["refund_id"])
    assert json.loads(pay.query(out_trade_no=paid)[1])["trade_state"] == "REFUND"


def test_the_same_number_again(pay: WeChatPay, control: Control, sink: Sink, paid: str) -> None:
    first = json.loads(refund(pay, paid, "R1", 30)[1])
    sink.wait_for(1)
    again = json.loads(refund(pay, paid, "R1", 30)[1])
    assert again["refund_id"] == first["refund_id"]
    assert _code(refund(pay, paid, "R1", 31)) == (400, "INVALID_REQUEST")
    control.wait()
    assert len(sink.received) == 1
    assert control.get(f"/payments/{paid}")["refunded"] == 30


def test_never_more_than_was_paid(pay: WeChatPay, paid: str) -> None:
    assert refund(pay, paid, "R1", 60)[0] == 200
    assert _code(refund(pay, paid, "R2", 41)) == (400, "INVALID_REQUEST")
    assert refund(pay, paid, "R3", 40)[0] == 200
    assert _code(refund(pay, paid, "R4", 1, total=90)) == (400, "INVALID_REQUEST")


def test_at_most_fifty_refunds(pay: WeChatPay, control: Control, paid: str) -> None:
    for index in range(50):
        assert refund(pay, paid, f"R{index}", 1)[0] == 200
    assert _code(refund(pay, paid, "R50", 1)) == (400, "INVALID_REQUEST")
    control.wait()


def test_refunds_of_an_order_may_have_to_wait(pay: WeChatPay, control: Control, paid: str) -> None:
    control.post("/settings", refund_interval_s=60)
    assert refund(pay, paid, "R1", 1)[0] == 200
    assert _code(refund(pay, paid, "R2", 1)) == (429, "FREQUENCY_LIMITED")


def test_too_many_refunds_a_second_are_throttled(
    pay: WeChatPay, control: Control, paid: str
) -> None:
    control.post("/settings", refunds_per_s=2)
    answers = [refund(pay, paid, f"R{i}", 1) for i in range(3)]
    assert [status for status, _ in answers] == [200, 200, 429]
    assert _code(answers[2]) == (429, "FREQUENCY_LIMITED")


def test_after_refused_refunds_the_next_is_throttled(
    pay: WeChatPay, control: Control, paid: str
) -> None:
    control.post("/settings", failed_refunds_per_s=1)
    assert refund(pay, paid, "R1", 101)[0] == 400
    assert refund(pay, paid, "R2", 1)[0] == 429


def test_what_is_absent_or_unpaid(pay: WeChatPay, control: Control) -> None:
    assert _code(refund(pay, "NOTHING1", "R1", 1)) == (404, "RESOURCE_NOT_EXISTS")
    order(pay, "UNPAID01", control.openid())
    assert _code(refund(pay, "UNPAID01", "R1", 1)) == (404, "RESOURCE_NOT_EXISTS")
    assert _code(pay.query_refund("R1")) == (404, "RESOURCE_NOT_EXISTS")


def test_too_little_balance_then_enough(pay: WeChatPay, control: Control, paid: str) -> None:
    control.post("/refunds/policy", outcome="NOT_ENOUGH", count=1)
    assert _code(refund(pay, paid, "R1", 10)) == (403, "NOT_ENOUGH")
    assert _code(pay.query_refund("R1")) == (404, "RESOURCE_NOT_EXISTS")
    assert refund(pay, paid, "R1", 10)[0] == 200


def test_a_closed_refund_frees_its_amount(
    pay: WeChatPay, control: Control, sink: Sink, paid: str
) -> None:
    control.post("/refunds/policy", outcome="CLOSED", count=1)
    refund(pay, paid, "R1", 100)
    (received,) = sink.wait_for(1)
    assert pay.callback(received.headers, received.body.decode())["event_type"] == "REFUND.CLOSED"
    assert json.loads(pay.query_refund("R1")[1])["status"] == "CLOSED"
    assert refund(pay, paid, "R2", 100)[0] == 200


def test_an_abnormal_refund_is_settled_later(
    pay: WeChatPay, control: Control, sink: Sink, paid: str
) -> None:
    control.post("/refunds/policy", outcome="ABNORMAL", count=1)
    refund(pay, paid, "R1", 10)
    sink.wait_for(1)
    control.post("/refunds/R1/settle", outcome="SUCCESS")
    received = sink.wait_for(2)
    events = [pay.callback(r.headers, r.body.decode())["event_type"] for r in received]
    assert events == ["REFUND.ABNORMAL", "REFUND.SUCCESS"]
    control.post("/refunds/R1/settle", 409, outcome="SUCCESS")


def test_a_refund_may_stay_in_processing(
    pay: WeChatPay, control: Control, sink: Sink, paid: str
) -> None:
    control.post("/refunds/policy", outcome="PROCESSING")
    refund(pay, paid, "R1", 10)
    control.wait()
    assert json.loads(pay.query_refund("R1")[1])["status"] == "PROCESSING"
    assert not sink.received


def test_refunds_give_the_coupon_back_exactly(pay: WeChatPay, control: Control) -> None:
    control.post("/settings", coupon_fen=10)
    order(pay, "COUPON01", control.openid())
    control.approve("COUPON01")
    parts = [
        json.loads(refund(pay, "COUPON01", f"R{i}", fen)[1])["amount"]
        for i, fen in enumerate((33, 33, 34))
    ]
    assert sum(part["payer_refund"] for part in parts) == 90
    assert sum(part["discount_refund"] for part in parts) == 10
