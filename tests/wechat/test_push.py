"""Message push against wechatpy's own cipher, and everything that is refused."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from typing import Any

import pytest
import xmltodict  # type: ignore[import-untyped]
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wechatpy.crypto import WeChatCipher, WeChatCrypto

from mall.wechat.errors import NotificationRejected
from mall.wechat.push import MessagePush, PushMessage

TOKEN = "push-token"
AES_KEY = base64.b64encode(bytes(range(32))).decode().rstrip("=")
APPID = "wx0123456789abcdef"
EVENT = {"FromUserName": "o-1", "CreateTime": 1714112445, "MsgType": "event", "Event": "x"}


@pytest.fixture
def push() -> MessagePush:
    return MessagePush(token=TOKEN, aes_key=AES_KEY, appid=APPID, allow_plain=False)


@pytest.fixture
def plain_push() -> MessagePush:
    return MessagePush(token=TOKEN, aes_key=AES_KEY, appid=APPID, allow_plain=True)


def digest(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def query(sealed: str | None = None, *, age_s: int = 0, **changes: str) -> dict[str, str]:
    stamp, nonce = str(int(time.time()) - age_s), "n1"
    signed = {"timestamp": stamp, "nonce": nonce, "signature": digest(TOKEN, stamp, nonce)}
    if sealed is not None:
        signed |= {
            "encrypt_type": "aes",
            "msg_signature": digest(TOKEN, stamp, nonce, sealed),
        }
    return {**signed, **changes}


def seal(message: str, appid: str = APPID) -> str:
    xml = WeChatCrypto(TOKEN, AES_KEY, appid).encrypt_message(message, "n1", "1")
    sealed: str = xmltodict.parse(xml)["xml"]["Encrypt"]
    return sealed


def seal_raw(plain: bytes) -> str:
    return base64.b64encode(WeChatCipher(bytes(range(32))).encrypt(plain)).decode()


def envelope(sealed: str, form: str) -> tuple[bytes, str]:
    if form == "json":
        return json.dumps({"ToUserName": "gh", "Encrypt": sealed}).encode(), "application/json"
    body = f"<xml><ToUserName>gh</ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
    return body.encode(), "text/xml"


class TestEncrypted:
    def test_json(self, push: MessagePush) -> None:
        sealed = seal(json.dumps(EVENT))
        opened = push.open_push(query(sealed), *envelope(sealed, "json"))
        assert opened.fields == EVENT
        assert (opened.msg_type, opened.event, opened.openid) == ("event", "x", "o-1")

    def test_xml(self, push: MessagePush) -> None:
        sealed = seal("<xml><MsgType>event</MsgType><Event>订阅</Event></xml>")
        opened = push.open_push(query(sealed), *envelope(sealed, "xml"))
        assert opened.fields == {"MsgType": "event", "Event": "订阅"}

    @pytest.mark.parametrize("length", range(0, 70, 7))
    def test_every_padding(self, push: MessagePush, length: int) -> None:
        sealed = seal(json.dumps({"pad": "x" * length}))
        body, content_type = envelope(sealed, "json")
        assert push.open_push(query(sealed), body, content_type).fields["pad"] == "x" * length

    def test_another_appid(self, push: MessagePush) -> None:
        sealed = seal(json.dumps(EVENT), appid="wx-of-another")
        with pytest.raises(NotificationRejected, match="appid"):
            push.open_push(query(sealed), *envelope(sealed, "json"))

    @pytest.mark.parametrize(
        "plain",
        [
            b"",
            bytes(32),
            b"\x21" * 64,
            b"r" * 16 + b"\xff\xff\xff\xff" + b"\x0c" * 12,
            b"r" * 16 + b"\x00\x00\x00\x02{}" + APPID.encode()[:6] + b"\x01\x02\x03\x04",
            b"\x20" * 32,
        ],
    )
    def test_a_padding_or_length_out_of_bounds(self, push: MessagePush, plain: bytes) -> None:
        sealed = seal_raw(plain) or "AAAA"
        with pytest.raises(NotificationRejected):
            push.open_push(query(sealed), *envelope(sealed, "json"))

    def test_the_plain_signature_is_not_enough(self, push: MessagePush) -> None:
        sealed = seal(json.dumps(EVENT))
        signed = query(sealed)
        del signed["msg_signature"]
        with pytest.raises(NotificationRejected, match="no_msg_signature"):
            push.open_push(signed, *envelope(sealed, "json"))
        with pytest.raises(NotificationRejected, match="signature"):
            push.open_push(query(sealed), *envelope(seal('{"a":1}'), "json"))

    def test_a_plain_body_is_no_way_around_the_cipher(
        self, push: MessagePush, plain_push: MessagePush
    ) -> None:
        body = json.dumps(EVENT).encode()
        with pytest.raises(NotificationRejected, match="plain_body"):
            push.open_push(query(), body)
        with pytest.raises(NotificationRejected, match="plain_body"):
            plain_push.open_push(query("sealed"), body)
        assert plain_push.open_push(query(), body).fields == EVENT


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"signature": "0" * 40}, "signature"),
        ({"signature": "é"}, "signature"),
        ({"signature": "\ud800"}, "signature"),
        ({"signature": ""}, "no_signature"),
        ({"nonce": "n2"}, "signature"),
        ({"nonce": ""}, "no_nonce"),
        ({"timestamp": "soon"}, "stale"),
        ({"timestamp": "1714112445"}, "stale"),
    ],
)
def test_refused_queries(push: MessagePush, changes: dict[str, str], reason: str) -> None:
    signed = {**query(echostr="hello"), **changes}
    with pytest.raises(NotificationRejected) as rejected:
        push.verify_url(signed)
    assert rejected.value.reason == reason


def test_url_check(push: MessagePush) -> None:
    assert push.verify_url(query(echostr="438<b>")) == "438<b>"
    with pytest.raises(NotificationRejected, match="stale"):
        push.verify_url(query(echostr="x", age_s=301))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"[]",
        b"7",
        b"<xml>",
        b"<a/>",
        b"<xml/>",
        b"{" * 50_000,
        b'<!DOCTYPE x [<!ENTITY a "b">]><xml><MsgType>&a;</MsgType></xml>',
        b'{"Encrypt": 7}',
    ],
)
def test_refused_bodies(plain_push: MessagePush, body: bytes) -> None:
    with pytest.raises(NotificationRejected):
        plain_push.open_push(query(), body, "text/xml")


def test_dedupe_key() -> None:
    first = PushMessage({"MsgId": 5, "Content": "a"})
    assert first.dedupe_key == PushMessage({"MsgId": "5"}).dedupe_key == "msg:5"
    event: dict[str, Any] = {**EVENT, "trace_id": "t1"}
    again = dict(reversed(event.items()))
    assert PushMessage(event).dedupe_key == PushMessage(again).dedupe_key
    assert PushMessage(event).dedupe_key != PushMessage(EVENT).dedupe_key


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    body=st.binary(max_size=80)
    | st.text(max_size=40).map(lambda text: f"<xml><Encrypt>{text}</Encrypt></xml>".encode())
    | st.binary(max_size=80).map(
        lambda raw: json.dumps({"Encrypt": base64.b64encode(raw).decode()}).encode()
    ),
    content_type=st.sampled_from(["", "text/xml", "application/json"]),
)
def test_nothing_else_escapes(plain_push: MessagePush, body: bytes, content_type: str) -> None:
    try:
        opened = plain_push.open_push(query(), body, content_type)
    except NotificationRejected:
        return
    assert isinstance(opened.fields, dict)


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(blocks=st.binary(max_size=96))
def test_any_ciphertext_under_a_good_signature(push: MessagePush, blocks: bytes) -> None:
    sealed = base64.b64encode(blocks).decode()
    with pytest.raises(NotificationRejected):
        push.open_push(query(sealed), *envelope(sealed, "json"))
