"""Our signing, verifying and decrypting against samples that others published."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from mall.wechat import push
from mall.wechat.errors import NotificationRejected
from mall.wechat.notifications import open_notification
from mall.wechat.push import MessagePush
from mall.wechat.signing import decrypt, payment_text, reply_text, request_text, verifies
from mall.wechat.verification import Untrusted, verify


def public_key(entry: dict[str, Any]) -> RSAPublicKey:
    key = load_der_public_key(base64.b64decode(entry["public_key_spki_b64"]))
    assert isinstance(key, RSAPublicKey)
    return key


def test_every_published_request_signature(vectors: dict[str, Any]) -> None:
    entry = vectors["wechatpay_request_signing"]
    key = public_key(entry)
    assert len(entry["requests"]) == 5
    for sample in entry["requests"]:
        parts = (sample["method"], sample["url"], sample["timestamp"], sample["nonce"])
        text = request_text(*parts, sample["body"].encode())
        assert verifies(key, text, sample["signature"]), sample["name"]
        assert not verifies(key, text[:-1], sample["signature"])


def test_published_payment_signature(vectors: dict[str, Any]) -> None:
    entry = vectors["wechatpay_request_signing"]
    sample = entry["pay_sign"]
    text = payment_text(sample["appid"], sample["timestamp"], sample["nonce"], sample["prepay_id"])
    assert verifies(public_key(entry), text, sample["signature"])


def test_published_reply_signature(vectors: dict[str, Any]) -> None:
    sample = vectors["wechatpay_response_verify"]
    body = sample["body"].encode()
    text = reply_text(sample["timestamp"], sample["nonce"], body)
    assert verifies(public_key(sample), text, sample["signature"])
    headers = {
        "Wechatpay-Timestamp": sample["timestamp"],
        "Wechatpay-Nonce": sample["nonce"],
        "Wechatpay-Serial": "PUB_KEY_ID_1",
        "Wechatpay-Signature": sample["signature"],
    }
    at = float(sample["timestamp"])
    verify(headers, body, lambda _serial: public_key(sample), at + 299)
    with pytest.raises(Untrusted):
        verify(headers, body, lambda _serial: public_key(sample), at + 301)
    with pytest.raises(Untrusted):
        verify(headers, body + b" ", lambda _serial: public_key(sample), at)


def test_published_callback(vectors: dict[str, Any]) -> None:
    # The sample's key has 16 bytes, so this one is AES-128; the configuration holds ours to 32.
    sample = vectors["wechatpay_callback_go"]
    headers = {
        "Wechatpay-Timestamp": sample["timestamp"],
        "Wechatpay-Nonce": sample["nonce"],
        "Wechatpay-Serial": sample["serial"],
        "Wechatpay-Signature": sample["signature"],
    }
    opened = open_notification(
        headers,
        sample["body"].encode(),
        find_key={sample["serial"]: public_key(sample)}.get,
        apiv3_key=sample["apiv3_key"].encode(),
        now=float(sample["timestamp"]),
    )
    assert opened.event_type == "PAYSCORE.USER_OPEN_SERVICE"
    assert opened.resource == json.loads(sample["plaintext"])
    assert opened.create_time is not None
    assert opened.create_time.isoformat() == "2021-06-24T16:37:26+08:00"


def test_published_ciphertext() -> None:
    # wechatpay-java, cipher tests (Apache-2.0).
    key = b"a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb"
    ciphertext = "ulwSiIajGClcvcOYvOQ7+l+0PAbzzwI="
    assert decrypt(key, "uluk4a9R25RW", "associatedData", ciphertext) == b"message"
    with pytest.raises(ValueError, match="decrypted"):
        decrypt(key, "uluk4a9R25RW", "another", ciphertext)


class TestMessagePush:
    @pytest.fixture
    def sample(self, vectors: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = vectors["message_push"]
        return found

    @pytest.fixture
    def opener(self, sample: dict[str, Any]) -> MessagePush:
        return MessagePush(
            token=sample["token"],
            aes_key=sample["encoding_aes_key"],
            appid=sample["appid"],
            allow_plain=True,
        )

    @pytest.fixture(autouse=True)
    def then(self, sample: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
        # The samples are of one day in 2024; only the clock is set back to it.
        at = float(sample["plain"]["timestamp"])
        monkeypatch.setattr("mall.wechat.push.time.time", lambda: at)
        monkeypatch.setattr(push, "MAX_SKEW_S", 100_000)

    def test_url_check(self, sample: dict[str, Any], opener: MessagePush) -> None:
        assert opener.verify_url(sample["echostr"]) == sample["echostr"]["echostr"]

    def test_plain(self, sample: dict[str, Any], opener: MessagePush) -> None:
        opened = opener.open_push(sample["plain"], b'{"MsgType":"event","Event":"x"}')
        assert (opened.msg_type, opened.event) == ("event", "x")

    def test_encrypted(self, sample: dict[str, Any], opener: MessagePush) -> None:
        secure = sample["secure"]
        body = json.dumps({"ToUserName": "gh", "Encrypt": secure["encrypt"]}).encode()
        opened = opener.open_push({**secure, "encrypt_type": "aes"}, body)
        assert opened.fields == json.loads(secure["msg"])

    def test_the_body_is_covered(self, sample: dict[str, Any], opener: MessagePush) -> None:
        secure = sample["secure"]
        body = json.dumps({"Encrypt": sample["reply"]["encrypt"]}).encode()
        with pytest.raises(NotificationRejected):
            opener.open_push(secure, body)
