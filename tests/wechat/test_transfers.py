"""The client of merchant transfers: what it sends, what each answer lets the caller conclude."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from mall.wechat.errors import WechatRefused, WechatUnknown
from mall.wechat.pay_client import TRANSFERS_PATH, PayClient
from mall.wechat.transfer_models import Transfer, TransferRequest
from tests.wechat.conftest import MakePay
from tests.wechat.fakes import (
    APPID,
    PUBLIC_KEY_ID,
    FakeWechat,
    Keys,
    certificate,
    certificates_reply,
    serial_of,
)
from tests.wechat.test_pay_client import error

NO = "P202405010001"
QUERY = f"{TRANSFERS_PATH}/out-bill-no/{NO}"


def request_of(**changes: Any) -> TransferRequest:
    fields: dict[str, Any] = {
        "appid": APPID,
        "out_bill_no": NO,
        "scene_id": "1000",
        "openid": "o-receiver",
        "amount_fen": 500,
        "remark": "奖" * 40,
        "notify_url": "https://mall.example/callbacks/wechat/transfer",
        "report": (("活动名称", "邀新" * 20), ("奖励说明", "现金")),
    }
    return TransferRequest(**{**fields, **changes})


def said(**changes: Any) -> dict[str, Any]:
    return {
        "out_bill_no": NO,
        "transfer_bill_no": "1330000071100999991182020050700019480001",
        "create_time": "2024-05-01T12:00:00.123+08:00",
        "state": "WAIT_USER_CONFIRM",
        "package_info": "affffddafdfafddffda==",
        **changes,
    }


def opened(keys: Keys, sealed: str) -> str:
    oaep = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)
    return keys.wechat.decrypt(base64.b64decode(sealed), oaep).decode()


def test_what_is_sent(pay: PayClient, wechat: FakeWechat) -> None:
    wechat.answers[TRANSFERS_PATH] = wechat.signed(said())
    transfer = pay.transfer(request_of(perception="现金奖励"))
    assert (transfer.state, transfer.is_over) == ("WAIT_USER_CONFIRM", False)
    assert transfer.package_info == "affffddafdfafddffda=="
    body = json.loads(wechat.seen[0][3])
    assert "user_name" not in body
    assert len(body["transfer_remark"]) == 32
    first, second = body["transfer_scene_report_infos"]
    assert len(first["info_content"]) == 32
    assert second == {"info_type": "奖励说明", "info_content": "现金"}
    assert body["user_recv_perception"] == "现金奖励"


def test_only_wechat_can_read_the_name(pay: PayClient, wechat: FakeWechat, keys: Keys) -> None:
    wechat.answers[TRANSFERS_PATH] = wechat.signed(said())
    pay.transfer(request_of(user_name="张三"))
    _, _, headers, raw = wechat.seen[0]
    assert headers["Wechatpay-Serial"] == PUBLIC_KEY_ID
    assert opened(keys, json.loads(raw)["user_name"]) == "张三"
    assert "张三" not in raw.decode()


def test_with_a_platform_certificate_too(make_pay: MakePay, wechat: FakeWechat, keys: Keys) -> None:
    old, new = certificate(keys.stranger, expired=True), certificate(keys.wechat)
    serial = serial_of(new)
    wechat.answers["/v3/certificates"] = wechat.signed(certificates_reply(old, new), serial=serial)
    wechat.answers[TRANSFERS_PATH] = wechat.signed(said(), serial=serial)
    make_pay(public_key=False).transfer(request_of(user_name="张三"))
    _, _, headers, raw = wechat.seen[-1]
    assert headers["Wechatpay-Serial"] == serial
    assert opened(keys, json.loads(raw)["user_name"]) == "张三"


def test_a_query(pay: PayClient, wechat: FakeWechat) -> None:
    over = said(state="FAIL", fail_reason="OVERDUE_CLOSE", transfer_amount=500, mch_id="19")
    wechat.answers[QUERY] = wechat.signed(over)
    found = pay.query_transfer(NO)
    assert found is not None
    assert (found.is_over, found.fail_reason, found.amount_fen) == (True, "OVERDUE_CLOSE", 500)
    wechat.answers[QUERY] = error("NOT_FOUND", 404)
    assert pay.query_transfer(NO) is None
    wechat.answers[QUERY] = wechat.signed(said(out_bill_no="ANOTHER"))
    with pytest.raises(WechatUnknown):
        pay.query_transfer(NO)


def test_a_refusal_is_one(pay: PayClient, wechat: FakeWechat) -> None:
    wechat.answers[TRANSFERS_PATH] = error("NOT_ENOUGH", 403)
    with pytest.raises(WechatRefused) as refused:
        pay.transfer(request_of())
    assert refused.value.code == "NOT_ENOUGH"
    wechat.answers[TRANSFERS_PATH] = error("FREQUENCY_LIMIT_EXCEED", 429)
    with pytest.raises(WechatUnknown):
        pay.transfer(request_of())


def test_cancelling(pay: PayClient, wechat: FakeWechat) -> None:
    wechat.answers[f"{QUERY}/cancel"] = wechat.signed(said(state="CANCELING"))
    assert pay.cancel_transfer(NO)
    wechat.answers[f"{QUERY}/cancel"] = error("INVALID_REQUEST", 400)
    assert not pay.cancel_transfer(NO)
    wechat.answers[f"{QUERY}/cancel"] = error("NO_AUTH", 403)
    with pytest.raises(WechatRefused):
        pay.cancel_transfer(NO)


@pytest.mark.parametrize(
    "changes",
    [
        {"out_bill_no": "with-dash"},
        {"out_bill_no": ""},
        {"amount_fen": 0},
        {"notify_url": "https://mall.example/x?y"},
        {"report": ()},
    ],
)
def test_what_wechat_could_only_refuse_isnt_asked(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the request's own refusals
        request_of(**changes)


@pytest.mark.parametrize(
    "changes", [{"state": "NEW_STATE"}, {"state": None}, {"transfer_amount": "5"}]
)
def test_what_cant_be_read_is_unknown(changes: dict[str, Any]) -> None:
    with pytest.raises(WechatUnknown):
        Transfer.from_wechat(said(**changes))
