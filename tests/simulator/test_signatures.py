"""What the pay gateway checks before it looks at a request, and how it signs replies."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
import requests
from wechatpayv3 import WeChatPay
from wechatpayv3.utils import build_authorization, rsa_verify

from mall.wechat.simulator import RunningSimulator
from tests.simulator.helpers import Control, library, order

QUERY = "/v3/pay/transactions/out-trade-no/GATE0001"


def _headers(wechat: RunningSimulator, pay: WeChatPay, target: str, method: str = "GET",
             body: Any = None, **change: str) -> dict[str, str]:  # fmt: skip
    values = {"mchid": wechat.credentials.mchid, "serial": wechat.credentials.mch_serial} | change
    return {
        "Authorization": build_authorization(
            target, method, values["mchid"], values["serial"], pay._core._private_key, data=body
        ),
        "Content-Type": "application/json",
    }


def _refused(reply: requests.Response) -> None:
    assert (reply.status_code, reply.json()["code"]) == (401, "SIGN_ERROR")
    assert not [name for name in reply.headers if name.startswith("Wechatpay-")]
    assert "Request-ID" not in reply.headers


def test_only_the_exact_request_passes(
    wechat: RunningSimulator, pay: WeChatPay, control: Control
) -> None:
    order(pay, "GATE0001", control.openid())
    target = f"{QUERY}?mchid={wechat.credentials.mchid}"
    url, headers = wechat.url + target, _headers(wechat, pay, target)
    good = requests.get(url, headers=headers, timeout=5)
    assert good.status_code == 200
    _refused(requests.get(url, headers=headers, timeout=5))  # the nonce again
    _refused(requests.get(url, timeout=5))
    _refused(requests.get(url, headers={"Authorization": "Bearer x"}, timeout=5))
    _refused(requests.get(url, headers=_headers(wechat, pay, QUERY), timeout=5))
    _refused(requests.get(url, headers=_headers(wechat, pay, target, "POST"), timeout=5))
    _refused(
        requests.get(url, headers=_headers(wechat, pay, target, mchid="1900000001"), timeout=5)
    )
    _refused(requests.get(url, headers=_headers(wechat, pay, target, serial="5F1C"), timeout=5))


def test_the_query_counts_as_it_was_sent(wechat: RunningSimulator, pay: WeChatPay) -> None:
    """%7C on the wire isn't | in the signature, though both decode to the same."""
    base = f"?mchid={wechat.credentials.mchid}&x="
    wire = QUERY + base + "a%7Cb"
    _refused(
        requests.get(
            wechat.url + wire, headers=_headers(wechat, pay, QUERY + base + "a|b"), timeout=5
        )
    )
    reply = requests.get(wechat.url + wire, headers=_headers(wechat, pay, wire), timeout=5)
    assert (reply.status_code, reply.json()["code"]) == (404, "ORDER_NOT_EXIST")
    assert reply.headers["Request-ID"].endswith("-268512771")
    assert "Wechatpay-Signature" not in reply.headers


@pytest.mark.parametrize("skew_s", [-301, 301])
def test_a_clock_that_is_off(
    wechat: RunningSimulator, pay: WeChatPay, monkeypatch: pytest.MonkeyPatch, skew_s: int
) -> None:
    now = time.time
    with monkeypatch.context() as patched:
        patched.setattr("wechatpayv3.utils.time.time", lambda: now() + skew_s)
        headers = _headers(wechat, pay, QUERY)
    _refused(requests.get(wechat.url + QUERY, headers=headers, timeout=5))


def test_a_changed_body_is_refused(wechat: RunningSimulator, pay: WeChatPay) -> None:
    target, body = f"{QUERY}/close", {"mchid": wechat.credentials.mchid}
    headers = _headers(wechat, pay, target, "POST", body)
    sent = json.dumps(body | {"x": 1})
    _refused(requests.post(wechat.url + target, data=sent, headers=headers, timeout=5))


def test_unknown_fields_and_headers(wechat: RunningSimulator, pay: WeChatPay) -> None:
    target, body = f"{QUERY}/close", {"mchid": wechat.credentials.mchid, "x": 1}
    headers = _headers(wechat, pay, target, "POST", body)
    reply = requests.post(wechat.url + target, json=body, headers=headers, timeout=5)
    assert (reply.status_code, reply.json()["code"]) == (400, "PARAM_ERROR")
    assert reply.headers["Request-ID"].endswith("-270924358")
    headers = _headers(wechat, pay, QUERY) | {"User-Agent": ""}
    reply = requests.get(wechat.url + QUERY, headers=headers, timeout=5)
    assert (reply.status_code, reply.json()["code"]) == (400, "PARAM_ERROR")
    headers = _headers(wechat, pay, QUERY) | {"Wechatpay-Serial": "PUB_KEY_ID_0"}
    assert requests.get(wechat.url + QUERY, headers=headers, timeout=5).status_code == 400


def test_unknown_paths_and_methods_answer_nothing(wechat: RunningSimulator) -> None:
    unknown = requests.get(f"{wechat.url}/v3/nothing", timeout=5)
    assert (unknown.status_code, unknown.content) == (404, b"")
    wrong = requests.get(f"{wechat.url}/v3/pay/transactions/jsapi", timeout=5)
    assert (wrong.status_code, wrong.content) == (405, b"")


def test_success_replies_are_signed_over_their_bytes(
    wechat: RunningSimulator, pay: WeChatPay, control: Control
) -> None:
    order(pay, "GATE0001", control.openid())
    target = f"{QUERY}?mchid={wechat.credentials.mchid}"
    reply = requests.get(wechat.url + target, headers=_headers(wechat, pay, target), timeout=5)
    assert "订单未支付" in reply.content.decode()  # raw UTF-8
    headers = reply.headers
    assert headers["Wechatpay-Signature-Type"] == "WECHATPAY2-SHA256-RSA2048"
    assert headers["Wechatpay-Serial"] == wechat.credentials.public_key_id
    assert rsa_verify(
        headers["Wechatpay-Timestamp"],
        headers["Wechatpay-Nonce"],
        reply.content.decode(),
        headers["Wechatpay-Signature"],
        pay._core._public_key,
    )


def test_the_echo_decrypts_sensitive_fields(
    wechat: RunningSimulator, pay: WeChatPay, sink: Any
) -> None:
    from wechatpayv3.utils import rsa_encrypt  # noqa: PLC0415

    sealed = rsa_encrypt("张三", pay._core._public_key)
    from wechatpayv3.type import RequestType  # noqa: PLC0415

    status, body = pay._core.request(
        "/v3/security/echo",
        method=RequestType.POST,
        data={
            "echo_message": "在吗",
            "encrypted_echo_message": sealed,
            "notify_url": f"{sink.url}/echo",
        },
    )
    assert (status, json.loads(body)["encrypted_echo_message"]) == (200, "张三")
    (received,) = sink.wait_for(1)
    assert pay.callback(received.headers, received.body.decode())["resource"] == json.loads(body)


def test_a_second_library_instance_is_the_same_merchant(
    wechat: RunningSimulator, sink: Any, control: Control
) -> None:
    assert order(library(wechat, sink), "GATE0002", control.openid())[0] == 200
