"""Our client against wechatpayv3, both ways: neither was written with the other in mind."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from wechatpayv3 import WeChatPay, WeChatPayType
from wechatpayv3.utils import build_authorization, rsa_verify

from mall.wechat.pay_client import PREPAY_PATH, PayClient
from mall.wechat.signing import payment_text, request_text, verifies
from tests.wechat.fakes import (
    APIV3_KEY,
    APPID,
    MCHID,
    PUBLIC_KEY_ID,
    FakeWechat,
    Keys,
    callback_body,
    payment,
    private_pem,
    public_pem,
    signed_headers,
)
from tests.wechat.test_pay_client import prepay_request

AUTHORIZATION = re.compile(
    r'WECHATPAY2-SHA256-RSA2048 mchid="(.*)",nonce_str="(.*)",signature="(.*)",'
    r'timestamp="(.*)",serial_no="(.*)"'
)


@pytest.fixture
def oracle(keys: Keys, wechat: FakeWechat) -> Any:
    other = WeChatPay(
        wechatpay_type=WeChatPayType.MINIPROG,
        mchid=MCHID,
        private_key=private_pem(keys.merchant).decode(),
        cert_serial_no="5F1C72E2A8931B72",
        appid=APPID,
        apiv3_key=APIV3_KEY,
        notify_url="https://mall.example/callbacks/wechat/payments",
        timeout=(1, 2),
        public_key=public_pem(keys.wechat).decode(),
        public_key_id=PUBLIC_KEY_ID,
    )
    other._core._gate_way = wechat.url
    return other


def test_its_signature_passes_our_check(keys: Keys) -> None:
    body = {"description": "雪糕", "amount": {"total": 1}}
    header = build_authorization(
        "/v3/x?a=%7C", "POST", MCHID, "S1", keys.merchant, data=json.dumps(body)
    )
    match = AUTHORIZATION.fullmatch(header)
    assert match is not None
    text = request_text("POST", "/v3/x?a=%7C", match[4], match[2], json.dumps(body).encode())
    assert verifies(keys.merchant.public_key(), text, match[3])


def test_our_request_passes_an_independent_check(
    keys: Keys, pay: PayClient, wechat: FakeWechat
) -> None:
    wechat.answers[PREPAY_PATH] = wechat.signed({"prepay_id": "wx1"})
    pay.prepay(prepay_request())
    method, path, headers, body = wechat.seen[0]
    match = AUTHORIZATION.fullmatch(headers["Authorization"])
    assert match is not None
    assert (match[1], match[5]) == (MCHID, "5F1C72E2A8931B72")
    # By hand rather than by our own builder.
    text = f"{method}\n{path}\n{match[4]}\n{match[2]}\n{body.decode()}\n"
    keys.merchant.public_key().verify(
        base64.b64decode(match[3]),
        text.encode(),
        padding.PKCS1v15(),
        hashes.SHA256(),
    )


def test_our_payment_parameters_are_its(keys: Keys, pay: PayClient, oracle: Any) -> None:
    given = pay.payment_params("wx201410272009395522657a690389285100")
    parts = [APPID, given["timeStamp"], given["nonceStr"], given["package"]]
    assert given["paySign"] == oracle.sign(parts)
    assert given["signType"] == "RSA"
    assert len(given["nonceStr"]) <= 32
    text = payment_text(APPID, given["timeStamp"], given["nonceStr"], given["package"][10:])
    assert verifies(keys.merchant.public_key(), text, given["paySign"])


def test_both_open_the_same_callback(keys: Keys, pay: PayClient, oracle: Any) -> None:
    body = callback_body(payment())
    headers = signed_headers(keys.wechat, body)
    assert oracle.callback(headers, body)["resource"] == (
        pay.open_notification(headers, body).resource
    )


def test_both_accept_the_same_reply(
    keys: Keys, pay: PayClient, oracle: Any, wechat: FakeWechat
) -> None:
    path = "/v3/pay/transactions/out-trade-no/T20240501000001"
    wechat.answers[path] = wechat.signed(payment())
    status, text = oracle.query(out_trade_no="T20240501000001")
    ours = pay.query_payment("T20240501000001")
    assert status == 200
    assert ours is not None
    assert ours.raw == json.loads(text)
    _, theirs, their_headers, _ = wechat.seen[0]
    _, mine, my_headers, _ = wechat.seen[1]
    assert theirs == mine
    assert my_headers["Wechatpay-Serial"] == their_headers["Wechatpay-Serial"]


def test_its_verifier_agrees_with_ours(keys: Keys) -> None:
    headers = signed_headers(keys.wechat, "内容".encode())
    parts = (headers["Wechatpay-Timestamp"], headers["Wechatpay-Nonce"])
    public = keys.wechat.public_key()
    assert rsa_verify(*parts, "内容", headers["Wechatpay-Signature"], public)
    assert not rsa_verify(*parts, "別的", headers["Wechatpay-Signature"], public)
