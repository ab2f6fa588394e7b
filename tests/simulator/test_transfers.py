"""Merchant transfers, asked for by a client library that none of us wrote."""

from __future__ import annotations

import json
from typing import Any

import pytest
from wechatpayv3 import WeChatPay

from mall.wechat.simulator import RunningSimulator
from tests.simulator.helpers import Control, Doc, Sink

PRIZE = [
    {"info_type": "活动名称", "info_content": "新会员有礼"},
    {"info_type": "奖励说明", "info_content": "注册会员抽奖"},
]


def ask(pay: WeChatPay, openid: str, number: str = "T1", fen: int = 500, **more: Any) -> Doc:
    """The answer, with its HTTP status as `status`."""
    fields: dict[str, Any] = {
        "transfer_scene_id": "1000",
        "transfer_remark": "活动奖励",
        "transfer_scene_report_infos": PRIZE,
        **more,
    }
    status, body = pay.mch_transfer_bills(number, openid=openid, transfer_amount=fen, **fields)
    return {"status": status, **json.loads(body)}


def state_of(pay: WeChatPay, number: str = "T1") -> Doc:
    found: Doc = json.loads(pay.mch_transfer_bills_query(out_bill_no=number)[1])
    return found


@pytest.fixture
def openid(control: Control) -> str:
    return control.openid()


def test_the_money_moves_when_its_receiver_confirms(
    pay: WeChatPay, control: Control, sink: Sink, wechat: RunningSimulator, openid: str
) -> None:
    asked = ask(pay, openid)
    assert (asked["status"], asked["state"]) == (200, "WAIT_USER_CONFIRM")
    page = {"mchId": wechat.credentials.mchid, "appId": wechat.credentials.appid}
    control.post("/request-merchant-transfer", 400, **page, package="another")
    done = control.post(
        "/request-merchant-transfer", **page, package=asked["package_info"], openid=openid
    )
    assert done["state"] == "TRANSFERING"
    (received,) = sink.wait_for(1)
    event = pay.callback(received.headers, received.body.decode())
    assert event["event_type"] == "MCHTRANSFER.BILL.FINISHED"
    told = event["resource"]
    assert (told["state"], told["transfer_amount"], told["out_bill_no"]) == ("SUCCESS", 500, "T1")
    assert told["mch_id"] == wechat.credentials.mchid
    found = state_of(pay)
    assert (found["state"], found["openid"], found["transfer_amount"]) == ("SUCCESS", openid, 500)
    by_bill = pay.mch_transfer_bills_query(transfer_bill_no=found["transfer_bill_no"])
    assert json.loads(by_bill[1]) == found


def test_the_same_number_again(pay: WeChatPay, control: Control, openid: str) -> None:
    first = ask(pay, openid)
    again = ask(pay, openid)
    assert again["package_info"] == first["package_info"]
    assert ask(pay, openid, fen=501)["code"] == "INVALID_REQUEST"
    control.post("/transfers/T1/confirm")
    control.wait()
    assert ask(pay, openid)["code"] == "ALREADY_EXISTS"


def test_who_doesnt_confirm_within_a_day_never_gets_it(
    pay: WeChatPay, control: Control, sink: Sink, openid: str
) -> None:
    ask(pay, openid)
    control.post("/settings", clock_offset_s=86_401)
    found = state_of(pay)
    assert (found["state"], found["fail_reason"]) == ("FAIL", "OVERDUE_CLOSE")
    assert len(sink.wait_for(1)) == 1
    control.post("/transfers/T1/confirm", 409)
    control.post("/settings", clock_offset_s=31 * 86_400)
    assert state_of(pay)["code"] == "NOT_FOUND"


def test_cancelling_before_the_receiver_confirms(
    pay: WeChatPay, control: Control, openid: str
) -> None:
    ask(pay, openid)
    assert json.loads(pay.mch_transfer_bills_cancel("T1")[1])["state"] == "CANCELING"
    control.wait()
    assert state_of(pay)["state"] == "CANCELLED"
    ask(pay, openid, "T2")
    control.post("/transfers/T2/confirm")
    assert json.loads(pay.mch_transfer_bills_cancel("T2")[1])["code"] == "INVALID_REQUEST"


def test_the_name_is_read_and_needed_from_two_thousand_yuan(
    pay: WeChatPay, control: Control, openid: str
) -> None:
    control.post("/settings", transfer_max_fen=500_000, transfer_day_fen=1_000_000)
    first = ask(pay, openid, fen=200_000, user_name="张三")
    assert first["state"] == "WAIT_USER_CONFIRM"
    # Encrypted anew, and still the same request.
    assert ask(pay, openid, fen=200_000, user_name="张三")["package_info"] == first["package_info"]
    assert ask(pay, openid, fen=200_000, user_name="李四")["code"] == "INVALID_REQUEST"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"transfer_scene_id": "7777"}, "NO_AUTH"),
        ({"transfer_scene_report_infos": PRIZE[:1]}, "PARAM_ERROR"),
        ({"transfer_scene_id": "1005"}, "PARAM_ERROR"),
        ({"user_recv_perception": "工资"}, "PARAM_ERROR"),
        ({"transfer_remark": "长" * 33}, "PARAM_ERROR"),
        ({"fen": 9}, "INVALID_REQUEST"),
        ({"fen": 20_001}, "INVALID_REQUEST"),
        ({"number": "with-dash"}, "PARAM_ERROR"),
        ({"appid": "wx0000000000000000"}, "INVALID_REQUEST"),
    ],
)
def test_what_is_refused(pay: WeChatPay, openid: str, changes: Doc, code: str) -> None:
    assert ask(pay, openid, **changes)["code"] == code


def test_a_shopper_receives_only_so_much_on_a_day(
    pay: WeChatPay, control: Control, openid: str
) -> None:
    control.post("/settings", transfer_day_fen=900)
    assert ask(pay, openid)["status"] == 200
    assert ask(pay, openid, "T2")["code"] == "INVALID_REQUEST"
    assert ask(pay, control.openid(), "T3")["status"] == 200
    pay.mch_transfer_bills_cancel("T1")
    control.wait()
    assert ask(pay, openid, "T4")["status"] == 200


def test_what_is_ordered_of_it(pay: WeChatPay, control: Control, openid: str) -> None:
    control.post("/transfers/policy", outcome="NOT_ENOUGH")
    assert ask(pay, openid)["code"] == "NOT_ENOUGH"
    control.post("/transfers/policy", outcome="PROCESSING")
    assert ask(pay, openid)["state"] == "PROCESSING"
    control.post("/transfers/T1/proceed")
    control.post("/transfers/T1/fail", reason="ACCOUNT_FROZEN")
    control.wait()
    found = state_of(pay)
    assert (found["state"], found["fail_reason"]) == ("FAIL", "ACCOUNT_FROZEN")
    control.post("/transfers/scenes", closed=["1000"])
    assert ask(pay, openid, "T2")["code"] == "NO_AUTH"
