"""Callbacks: every way in which one can be wrong is one exception, and nothing else."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mall.wechat.errors import NotificationRejected, WechatUnknown
from mall.wechat.pay_client import PayClient
from mall.wechat.pay_models import Payment, Refund
from tests.wechat.fakes import (
    FakeWechat,
    Keys,
    callback_body,
    payment,
    refund,
    sealed,
    signed_headers,
)

Spoil = Callable[[Keys, bytes], tuple[dict[str, str], bytes]]


def without(name: str) -> Spoil:
    def spoil(keys: Keys, body: bytes) -> tuple[dict[str, str], bytes]:
        headers = signed_headers(keys.wechat, body)
        del headers[name]
        return headers, body

    return spoil


def with_header(name: str, value: str) -> Spoil:
    return lambda keys, body: ({**signed_headers(keys.wechat, body), name: value}, body)


def aged(seconds: int) -> Spoil:
    def spoil(keys: Keys, body: bytes) -> tuple[dict[str, str], bytes]:
        stamp = str(int(time.time()) + seconds)
        return signed_headers(keys.wechat, body, timestamp=stamp), body

    return spoil


def signed_body(body: bytes) -> Spoil:
    return lambda keys, _body: (signed_headers(keys.wechat, body), body)


def probe(keys: Keys, body: bytes) -> tuple[dict[str, str], bytes]:
    headers = signed_headers(keys.wechat, body)
    headers["Wechatpay-Signature"] = "WECHATPAY/SIGNTEST/" + headers["Wechatpay-Signature"]
    return headers, body


def smuggled(keys: Keys, body: bytes) -> tuple[dict[str, str], bytes]:
    """The first line of what was signed passes as the end of the nonce."""
    headers = signed_headers(keys.wechat, b"x\n" + body)
    headers["Wechatpay-Nonce"] += "\nx"
    return headers, body


def unencryptable(keys: Keys, body: bytes) -> tuple[dict[str, str], bytes]:
    resource = sealed(b"{}")
    raw = bytearray(base64.b64decode(resource["ciphertext"]))
    raw[0] ^= 1
    resource["ciphertext"] = base64.b64encode(raw).decode()
    body = callback_body({}, resource=resource)
    return signed_headers(keys.wechat, body), body


FAILURES: list[tuple[str, Spoil, str]] = [
    ("no timestamp", without("Wechatpay-Timestamp"), "no_timestamp"),
    ("no nonce", without("Wechatpay-Nonce"), "no_nonce"),
    ("no serial", without("Wechatpay-Serial"), "no_serial"),
    ("no signature", without("Wechatpay-Signature"), "no_signature"),
    ("no headers", lambda _keys, body: ({}, body), "no_timestamp"),
    ("timestamp in words", with_header("Wechatpay-Timestamp", "now"), "stale"),
    ("timestamp with sign", with_header("Wechatpay-Timestamp", "-1"), "stale"),
    ("old", aged(-301), "stale"),
    ("a day old", aged(-86_400), "stale"),
    ("early", aged(302), "stale"),
    ("another scheme", with_header("Wechatpay-Signature-Type", "SM2"), "signature_type"),
    ("unknown id", with_header("Wechatpay-Serial", "PUB_KEY_ID_2"), "unknown_serial"),
    ("serial of nonsense", with_header("Wechatpay-Serial", "../../x"), "unknown_serial"),
    ("probe", probe, "probe"),
    ("no base64", with_header("Wechatpay-Signature", "%%%"), "signature"),
    ("a nonce of two lines", smuggled, "no_nonce"),
    ("not ASCII", with_header("Wechatpay-Nonce", "é"), "no_nonce"),
    (
        "a stranger's key",
        lambda keys, body: (signed_headers(keys.stranger, body), body),
        "signature",
    ),
    (
        "another body",
        lambda keys, body: (signed_headers(keys.wechat, body), body + b" "),
        "signature",
    ),
    ("empty", signed_body(b""), "malformed"),
    ("not UTF-8", signed_body(b"\xff\xfe"), "malformed"),
    ("not JSON", signed_body(b"<xml/>"), "malformed"),
    ("a list", signed_body(b"[]"), "malformed"),
    ("no resource", signed_body(b'{"id":"1","event_type":"x"}'), "malformed"),
    ("resource is text", signed_body(callback_body({}, resource="x")), "malformed"),
    ("another cipher", signed_body(callback_body({}, resource={"algorithm": "x"})), "malformed"),
    (
        "another cipher's name",
        signed_body(callback_body({}, resource={**sealed(b"{}"), "algorithm": "AES"})),
        "malformed",
    ),
    ("touched ciphertext", unencryptable, "malformed"),
    (
        "nonce too short",
        signed_body(callback_body({}, resource={**sealed(b"{}"), "nonce": "1"})),
        "malformed",
    ),
    ("plain isn't JSON", signed_body(callback_body({}, resource=sealed(b"\xff"))), "malformed"),
    ("plain is a list", signed_body(callback_body({}, resource=sealed(b"[]"))), "malformed"),
    ("plain has NaN", signed_body(callback_body({}, resource=sealed(b'{"a":NaN}'))), "malformed"),
    ("id is a number", signed_body(callback_body({}, id=7)), "malformed"),
    ("nested too deep", signed_body(b"[" * 200_000), "malformed"),
]


@pytest.mark.parametrize(
    ("spoil", "reason"), [f[1:] for f in FAILURES], ids=[f[0] for f in FAILURES]
)
def test_what_is_refused(
    keys: Keys, pay: PayClient, wechat: FakeWechat, spoil: Spoil, reason: str
) -> None:
    headers, body = spoil(keys, callback_body(payment()))
    with pytest.raises(NotificationRejected) as rejected:
        pay.open_notification(headers, body)
    assert rejected.value.reason == reason
    assert wechat.seen == []


@pytest.mark.parametrize("case", [str, str.lower, str.upper])
@pytest.mark.parametrize("associated_data", ["transaction", "", None])
def test_a_good_one(
    keys: Keys, pay: PayClient, case: Callable[[str], str], associated_data: str | None
) -> None:
    resource = sealed(json.dumps(payment()).encode(), associated_data)
    body = callback_body({}, resource=resource)
    headers = {case(name): value for name, value in signed_headers(keys.wechat, body).items()}
    opened = pay.open_notification(headers, body)
    assert (opened.id, opened.event_type) == ("e-1", "TRANSACTION.SUCCESS")
    paid = Payment.from_wechat(opened.resource)
    assert (paid.total_fen, paid.payer_total_fen, paid.openid) == (100, 90, "o-payer")
    assert paid.is_paid
    assert paid.success_time is not None
    assert paid.success_time.utcoffset() is not None


def test_a_refund_callback_and_reply_decode_alike() -> None:
    reply = refund(status="SUCCESS")
    callback = {name: value for name, value in reply.items() if name != "status"}
    callback |= {"refund_status": "SUCCESS", "mchid": "1900000001"}
    one, other = Refund.from_wechat(reply), Refund.from_wechat(callback)
    assert (one.status, one.refund_fen, one.total_fen) == ("SUCCESS", 40, 100)
    assert (other.status, other.mchid) == ("SUCCESS", "1900000001")


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": {"total": "100"}},
        {"amount": {"total": True}},
        {"amount": {"total": -1}},
        {"amount": 5},
        {"amount": None},
        {"trade_state": ["SUCCESS"]},
        {"out_trade_no": None},
        {"payer": "o-payer"},
        {"success_time": "yesterday"},
        {"success_time": "2024-05-01T12:00:00"},
    ],
)
def test_a_payment_of_another_shape_is_unknown(changes: dict[str, Any]) -> None:
    with pytest.raises(WechatUnknown):
        Payment.from_wechat(payment(**changes))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
RELAXED = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
NAMES = st.sampled_from(
    [f"Wechatpay-{part}" for part in ("Timestamp", "Nonce", "Serial", "Signature")]
)
STAMPS = st.builds(lambda: str(int(time.time())))


@RELAXED
@given(
    headers=st.dictionaries(NAMES | st.text(), st.text() | STAMPS, max_size=6),
    body=st.binary(max_size=200),
)
def test_any_unsigned_input_is_rejected(
    pay: PayClient, headers: dict[str, str], body: bytes
) -> None:
    with pytest.raises(NotificationRejected):
        pay.open_notification(headers, body)


@RELAXED
@given(
    body=st.binary(max_size=200)
    | st.builds(lambda value: json.dumps(value).encode(), JSON)
    | st.builds(
        lambda fields: callback_body({}, **fields),
        st.dictionaries(
            st.sampled_from(["id", "event_type", "create_time", "resource"]), JSON, max_size=4
        ),
    )
    | st.builds(
        lambda fields: callback_body({}, resource={**sealed(b"{}"), **fields}),
        st.dictionaries(
            st.sampled_from(["algorithm", "nonce", "ciphertext", "associated_data"]), JSON
        ),
    )
    | st.builds(lambda plain: callback_body({}, resource=sealed(plain)), st.binary(max_size=50))
)
def test_any_signed_input_is_opened_or_rejected(keys: Keys, pay: PayClient, body: bytes) -> None:
    try:
        opened = pay.open_notification(signed_headers(keys.wechat, body), body)
    except NotificationRejected:
        return
    assert isinstance(opened.resource, dict)


@RELAXED
@given(resource=st.dictionaries(st.sampled_from(sorted(payment())), JSON))
def test_any_resource_is_a_payment_or_unknown(resource: dict[str, Any]) -> None:
    try:
        Payment.from_wechat(payment(**resource))
    except WechatUnknown:
        return
