"""The simulator's own signer, verifier and ciphers against published samples."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from mall.wechat.simulator import signing
from mall.wechat.simulator.push_cipher import encrypt_push, push_signature

Vectors = dict[str, Any]


def _key(spki: str) -> RSAPublicKey:
    key = load_der_public_key(base64.b64decode(spki))
    assert isinstance(key, RSAPublicKey)
    return key


def test_published_request_signatures_verify(vectors: Vectors) -> None:
    group = vectors["wechatpay_request_signing"]
    key = _key(group["public_key_spki_b64"])
    assert len(group["requests"]) == 5
    for sample in group["requests"]:
        message = signing.request_message(
            sample["method"],
            sample["url"],
            sample["timestamp"],
            sample["nonce"],
            sample["body"].encode(),
        )
        assert signing.verify(key, message, sample["signature"]), sample["name"]
        assert not signing.verify(key, message + b" ", sample["signature"]), sample["name"]


def test_published_pay_sign_verifies(vectors: Vectors) -> None:
    group = vectors["wechatpay_request_signing"]
    sample = group["pay_sign"]
    message = signing.pay_message(
        sample["appid"], sample["timestamp"], sample["nonce"], f"prepay_id={sample['prepay_id']}"
    )
    assert signing.verify(_key(group["public_key_spki_b64"]), message, sample["signature"])


@pytest.mark.parametrize("name", ["wechatpay_response_verify", "wechatpay_callback_go"])
def test_published_replies_verify(vectors: Vectors, name: str) -> None:
    sample = vectors[name]
    message = signing.reply_message(sample["timestamp"], sample["nonce"], sample["body"].encode())
    key = _key(sample["public_key_spki_b64"])
    assert signing.verify(key, message, sample["signature"])
    assert not signing.verify(key, message, signing.PROBE_PREFIX + sample["signature"])


def test_a_published_callback_is_sealed_alike(vectors: Vectors) -> None:
    sample = vectors["wechatpay_callback_go"]
    resource = json.loads(sample["body"])["resource"]
    ours = signing.encrypt_resource(
        sample["apiv3_key"],
        sample["plaintext"].encode(),
        resource.get("associated_data"),
        resource["nonce"],
    )
    assert ours == {name: resource[name] for name in ours}


def test_a_published_aes_256_sample_is_sealed_alike() -> None:
    """From the test sources of the official Java library."""
    key, nonce = "a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb", "uluk4a9R25RW"
    ours = signing.encrypt_resource(key, b"message", "associatedData", nonce)
    assert ours["ciphertext"] == "ulwSiIajGClcvcOYvOQ7+l+0PAbzzwI="


def test_published_push_messages(vectors: Vectors) -> None:
    group = vectors["message_push"]
    for name, extra in (("echostr", ()), ("plain", ()), ("secure", ())):
        sample = group[name]
        found = push_signature(group["token"], sample["timestamp"], sample["nonce"], *extra)
        assert found == sample["signature"], name
    secure, reply = group["secure"], group["reply"]
    for sample, text, sealed in (
        (secure, secure["msg"], secure["encrypt"]),
        (reply, reply["msg"], reply["encrypt"]),
    ):
        head = sample["random"].encode()
        ours = encrypt_push(group["encoding_aes_key"], group["appid"], text.encode(), head)
        assert ours == sealed
        signature = push_signature(group["token"], sample["timestamp"], sample["nonce"], sealed)
        assert signature == sample["msg_signature"]


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer x",
        'WECHATPAY2-SHA256-RSA2048 mchid="1",nonce_str="2",signature="3",timestamp="4"',
        'WECHATPAY2-SHA256-RSA2048 mchid="1",mchid="1",nonce_str="2",signature="3",timestamp="4",'
        'serial_no="5"',
        'WECHATPAY2-SHA256-RSA2048 mchid=1,nonce_str="2",signature="3",timestamp="4",serial_no="5"',
    ],
)
def test_a_malformed_authorization_is_no_authorization(header: str) -> None:
    assert signing.parse_authorization(header) is None


def test_the_parts_of_an_authorization_come_in_any_order() -> None:
    header = (
        'WECHATPAY2-SHA256-RSA2048 serial_no="5", timestamp="4",signature="3=",'
        'nonce_str="2",mchid="1"'
    )
    assert signing.parse_authorization(header) == signing.Authorization("1", "2", "3=", "4", "5")
