"""What goes over the wire to the mall: one signed, encrypted callback or message push.

A `twist` spoils exactly one thing, to show what the receiver must refuse.
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
class Letter:
    """A POST that is ready to be sent."""

    url: str
    headers: dict[str, str]
    body: bytes


@cache
def strangers_key() -> RSAPrivateKey:
    """A key that nobody trusts, for forgeries."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def sign_headers(
    simulator: Simulator, body: bytes, *, serial: str, twist: str = "", age_s: float = 0
) -> dict[str, str]:
    """The Wechatpay-* headers over `body`, signed with the key that `serial` names."""
    credentials = simulator.credentials
    key = credentials.pay_key if serial == credentials.public_key_id else credentials.platform_key
    if twist in ("forge", "bad_reply_signature"):
        key = strangers_key()
    timestamp = str(int(time.time() - (age_s if twist == "stale" else 0)))
    nonce = secrets.token_urlsafe(24)
    signature = signing.sign(key, signing.reply_message(timestamp, nonce, body))
    if twist == "signtest":
        signature = signing.PROBE_PREFIX + signature
    if twist == "unknown_serial":
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


def callback_letter(simulator: Simulator, callback: Doc, twist: str) -> Letter:
    """A payment or refund notice, as the callback documentation has it."""
    plaintext = _spoiled(callback["plaintext"], twist)
    resource = signing.encrypt_resource(
        simulator.credentials.apiv3_key,
        _json(plaintext),
        None if twist == "no_aad" else callback["original_type"],
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
        twist=twist,
        age_s=callback["twist_seconds"],
    )
    base = {"Content-Type": "application/json", "Accept": "*/*", "User-Agent": "Mozilla/4.0"}
    return Letter(callback["url"], base | headers, body)


def push_letter(simulator: Simulator, callback: Doc, twist: str) -> Letter:
    """A message push, in safe or plain mode by the settings."""
    credentials = simulator.credentials
    timestamp = str(int(time.time() - (callback["twist_seconds"] if twist == "stale" else 0)))
    nonce = str(secrets.randbelow(10**10))
    token = "nobody" if twist == "forge" else credentials.push_token
    query = {
        "signature": push_signature(token, timestamp, nonce),
        "timestamp": timestamp,
        "nonce": nonce,
    }
    message = _json(callback["plaintext"])
    if simulator.settings.push_mode == "encrypted":
        appid = "wx" + "0" * 16 if twist == "wrong_appid" else credentials.appid
        sealed = encrypt_push(credentials.push_aes_key, appid, message)
        query |= {
            "openid": str(callback["plaintext"].get("FromUserName", "")),
            "encrypt_type": "aes",
            "msg_signature": push_signature(token, timestamp, nonce, sealed),
        }
        message = _json({"ToUserName": credentials.original_id, "Encrypt": sealed})
    url = f"{callback['url']}?{urlencode(query)}"
    return Letter(url, {"Content-Type": "application/json", "User-Agent": "Mozilla/4.0"}, message)


def _spoiled(plaintext: Doc, twist: str) -> Doc:
    spoiled = copy.deepcopy(plaintext)
    if twist == "wrong_amount":
        if "amount" in spoiled:
            spoiled["amount"]["refund" if "refund" in spoiled["amount"] else "total"] += 1
    elif twist == "wrong_appid" and "appid" in spoiled:
        spoiled["appid"] = "wx" + "0" * 16
    elif twist == "wrong_mchid":
        spoiled["mchid"] = "1900000000"
    elif twist == "wrong_openid":
        spoiled.get("payer", spoiled)["openid"] = "o" + "0" * 27
    return spoiled


def _json(value: Doc) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
