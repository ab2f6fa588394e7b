"""Merchant transfers, which move money only after the shopper's confirmation."""

from __future__ import annotations

import json
from typing import Any

import pytest
from wechatpayv3 import WeChatPay

from tests.simulator.helpers import Control, Sink


def _transfer(pay: WeChatPay, sink: Sink, number: str = "T0001", **change: Any) -> Any:
    fields = {
        "out_bill_no": number,
        "transfer_scene_id": "1005",
        "openid": "oInviter",
        "transfer_amount": 500,
        "transfer_remark": "佣金提现",
        "transfer_scene_report_infos": [
            {"info_type": "岗位类型", "info_content": "推广员"},
            {"info_type": "报酬说明", "info_content": "十月佣金"},
        ],
        "notify_url": f"{sink.url}/transfer",
    }
    status, body = pay.mch_transfer_bills(**(fields | change))
    return status, json.loads(body)


def _state(pay: WeChatPay, number: str = "T0001") -> str:
    return str(json.loads(pay.mch_transfer_bills_query(out_bill_no=number)[1])["state"])


def test_a_transfer_is_confirmed_and_announced(
    pay: WeChatPay, control: Control, sink: Sink
) -> None:
    status, accepted = _transfer(pay, sink, user_name="张三")
    assert (status, accepted["state"]) == (200, "WAIT_USER_CONFIRM")
    again = _transfer(pay, sink, user_name="张三")[1]
    assert again["package_info"] == accepted["package_info"]
    control.post("/transfers/T0001/confirm", 400, package="nonsense")
    control.post("/transfers/T0001/confirm", package=accepted["package_info"])
    event = pay.callback(sink.wait_for(1)[0].headers, sink.received[0].body.decode())
    assert event["event_type"] == "MCHTRANSFER.BILL.FINISHED"
    assert (event["resource"]["state"], event["resource"]["transfer_amount"]) == ("SUCCESS", 500)
    by_bill = pay.mch_transfer_bills_query(transfer_bill_no=accepted["transfer_bill_no"])[1]
    assert json.loads(by_bill)["state"] == "SUCCESS"
    assert _transfer(pay, sink)[1]["code"] == "ALREADY_EXISTS"
    control.post("/transfers/T0001/confirm", 409)


def test_a_transfer_is_cancelled(pay: WeChatPay, control: Control, sink: Sink) -> None:
    _transfer(pay, sink)
    status, body = pay.mch_transfer_bills_cancel("T0001")
    assert (status, json.loads(body)["state"]) == (200, "CANCELING")
    control.wait()
    assert _state(pay) == "CANCELLED"
    control.post("/transfers/T0001/confirm", 409)


def test_nobody_confirms(pay: WeChatPay, control: Control, sink: Sink) -> None:
    _transfer(pay, sink)
    control.post("/settings", clock_offset_s=86401)
    assert _state(pay) == "FAIL"
    event = pay.callback(sink.wait_for(1)[0].headers, sink.received[0].body.decode())
    assert event["resource"]["fail_reason"] == "OVERDUE_CLOSE"


def test_a_transfer_fails(pay: WeChatPay, control: Control, sink: Sink) -> None:
    _transfer(pay, sink)
    control.post("/transfers/T0001/fail", reason="PAYEE_ACCOUNT_ABNORMAL")
    assert control.get("/transfers")["transfers"][0]["fail_reason"] == "PAYEE_ACCOUNT_ABNORMAL"


def test_too_little_money(pay: WeChatPay, control: Control, sink: Sink) -> None:
    control.post("/transfers/policy", outcome="NOT_ENOUGH")
    assert _transfer(pay, sink)[1]["code"] == "NOT_ENOUGH"
    control.post("/transfers/policy", outcome="PROCESSING")
    accepted = _transfer(pay, sink)[1]
    assert (accepted["state"], "package_info" in accepted) == ("PROCESSING", False)
    control.post("/transfers/T0001/fund")
    assert _transfer(pay, sink)[1]["package_info"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"number": "T-0001"}, "PARAM_ERROR"),
        ({"transfer_scene_id": "9999"}, "NO_AUTH"),
        ({"transfer_scene_id": "1000"}, "PARAM_ERROR"),
        ({"user_recv_perception": "工资"}, "PARAM_ERROR"),
        ({"transfer_amount": 9}, "INVALID_REQUEST"),
        ({"transfer_amount": 20001}, "INVALID_REQUEST"),
        ({"appid": "wx0"}, "INVALID_REQUEST"),
        ({"notify_url": "http://example.com/x"}, "PARAM_ERROR"),
    ],
)
def test_transfers_that_break_a_rule(
    pay: WeChatPay, sink: Sink, change: dict[str, Any], code: str
) -> None:
    assert _transfer(pay, sink, **change)[1]["code"] == code


def test_what_is_absent(pay: WeChatPay) -> None:
    status, body = pay.mch_transfer_bills_query(out_bill_no="NOTHING")
    assert (status, json.loads(body)["code"]) == (404, "NOT_FOUND")
