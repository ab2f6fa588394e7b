"""What goes over the wire to the mall: one signed, encrypted callback or message push.

`tampering` falsifies exactly one thing, to show what the receiver must refuse.
"""

from __future__ import annotations

import copy
import json
import secrets
import time
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from mall.wechat.simulator import signing
from mall.wechat.simulator.clock import rfc3339
from mall.wechat.simulator.context import Simulator
from mall.wechat.simulator.push_cipher import encrypt_push, push_signature
from mall.wechat.simulator.state import Doc


@dataclass(frozen=True)
class Envelope:
    """A POST that is ready to be sent."""

    url: str
    headers: dict[str, str]
    body: bytes


@cache
def strangers_key() -> RSAPrivateKey:
    """A key that nobody trusts, for forgeries."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def sign_headers(
    simulator: Simulator, body: bytes, *, serial: str, tampering: str = "", age_s: float = 0
) -> dict[str, str]:
    """The Wechatpay-* headers over `body`, signed with the key that `serial` names."""
    credentials = simulator.credentials
    key = credentials.pay_key if serial == credentials.public_key_id else credentials.platform_key
    if tampering in ("forge", "bad_reply_signature"):
        key = strangers_key()
    timestamp = str(int(time.time() - (age_s if tampering == "stale" else 0)))
    nonce = secrets.token_urlsafe(24)
    signature = signing.sign(key, signing.reply_message(timestamp, nonce, body))
    if tampering == "signtest":
        signature = signing.PROBE_PREFIX + signature
    if tampering == "unknown_serial":
        serial = secrets.token_hex(20).upper()
    return {
        "Wechatpay-Timestamp": timestamp,
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Signature": signature,
        "Wechatpay-Serial": serial,
        "Wechatpay-Signature-Type": signing.SCHEME,
    }


def default_serial(simulator: Simulator) -> str:
    """The key that signs when nobody asked for another one."""
    if simulator.settings.sign_with == "certificate":
        return simulator.credentials.platform_serial
    return simulator.credentials.public_key_id


def callback_envelope(simulator: Simulator, callback: Doc, tampering: str) -> Envelope:
    """A payment or refund notice, as the callback documentation has it."""
    plaintext = _tampered(callback["plaintext"], tampering)
    resource = signing.encrypt_resource(
        simulator.credentials.apiv3_key,
        _json(plaintext),
        None if tampering == "no_aad" else callback["original_type"],
    )
    body = _json(
        {
            "id": callback["notification_id"],
            "create_time": rfc3339(callback["created_at"]),
            "resource_type": "encrypt-resource",
            "event_type": callback["event_type"],
            "summary": callback["summary"],
            "resource": resource | {"original_type": callback["original_type"]},
        }
    )
    headers = sign_headers(
        simulator,
        body,
        serial=default_serial(simulator),
        tampering=tampering,
        age_s=callback["tampering_seconds"],
    )
    base = {"Content-Type": "application/json", "Accept": "*/*", "User-Agent": "Mozilla/4.0"}
    return Envelope(callback["url"], base | headers, body)


def push_envelope(simulator: Simulator, callback: Doc, tampering: str) -> Envelope:
    """A message push, in safe or plain mode by the settings."""
    credentials = simulator.credentials
    timestamp = str(
        int(time.time() - (callback["tampering_seconds"] if tampering == "stale" else 0))
    )
    nonce = str(secrets.randbelow(10**10))
    token = "nobody" if tampering == "forge" else credentials.push_token
    query = {
        "signature": push_signature(token, timestamp, nonce),
        "timestamp": timestamp,
        "nonce": nonce,
    }
    message = _json(callback["plaintext"])
    if simulator.settings.push_mode == "encrypted":
        appid = "wx" + "0" * 16 if tampering == "wrong_appid" else credentials.appid
        sealed = encrypt_push(credentials.push_aes_key, appid, message)
        query |= {
            "openid": str(callback["plaintext"].get("FromUserName", "")),
            "encrypt_type": "aes",
            "msg_signature": push_signature(token, timestamp, nonce, sealed),
        }
        message = _json({"ToUserName": credentials.original_id, "Encrypt": sealed})
    url = f"{callback['url']}?{urlencode(query)}"
    return Envelope(url, {"Content-Type": "application/json", "User-Agent": "Mozilla/4.0"}, message)


def _tampered(plaintext: Doc, tampering: str) -> Doc:
    tampered = copy.deepcopy(plaintext)
    if tampering == "wrong_amount":
        if "transfer_amount" in tampered:
            tampered["transfer_amount"] += 1
        elif "amount" in tampered:
            tampered["amount"]["refund" if "refund" in tampered["amount"] else "total"] += 1
    elif tampering == "wrong_currency":
        tampered["amount"]["currency"] = "HKD"
    elif tampering == "wrong_appid" and "appid" in tampered:
        tampered["appid"] = "wx" + "0" * 16
    elif tampering == "wrong_mchid":
        tampered["mch_id" if "mch_id" in tampered else "mchid"] = "1900000000"
    elif tampering == "wrong_openid":
        tampered.get("payer", tampered)["openid"] = "o" + "0" * 27
    return tampered


def _json(value: Doc) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
