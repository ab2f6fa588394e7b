"""Signed exchanges with WeChat Pay: sign the bytes sent, verify the bytes received.

What each status means for the caller is decided here, once, for every call.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO, Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from mall.wechat.errors import WechatError, WechatRefused, WechatUnavailable, WechatUnknown
from mall.wechat.keys import KeyRing, PlatformKey, plain_serial, read_certificates
from mall.wechat.signing import SCHEME, request_text, sign
from mall.wechat.transport import Limits, Reply, Transport
from mall.wechat.verification import FindKey, Untrusted, verify

CERTIFICATES_PATH = "/v3/certificates"
_BUSY_CODES = frozenset({"SYSTEM_ERROR", "SERVICE_UNAVAILABLE", "BIZERR_NEED_RETRY"})
_THROTTLED_CODES = frozenset(
    {"FREQUENCY_LIMITED", "FREQUENCY_LIMIT", "FREQUENCY_LIMIT_EXCEED", "RATELIMIT_EXCEEDED"}
)


@dataclass(frozen=True)
class Merchant:
    """Who signs, and with what. `apiv3_key` is 32 bytes and opens what WeChat encrypts."""

    appid: str
    mchid: str
    serial: str
    private_key: RSAPrivateKey = field(repr=False)
    apiv3_key: bytes = field(repr=False)


class PayHttp:
    """Calls WeChat Pay; safe to share between threads. Builds without a network call."""

    def __init__(
        self,
        merchant: Merchant,
        transport: Transport,
        fixed_keys: Mapping[str, RSAPublicKey],
    ) -> None:
        """`fixed_keys` is WeChat Pay's public key by its id; empty in certificate mode."""
        self._merchant = merchant
        self._transport = transport
        self._public_key_id = next(iter(fixed_keys), None)
        self.keys = KeyRing(fixed_keys, self._download_certificates)

    def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        sealed_with: str | None = None,
    ) -> dict[str, Any]:
        """One call. The decoded reply, verified; empty for a 204.

        `sealed_with` is the serial of the key that encrypted parts of the body (`sealing_key`).

        Raises WechatRefused for a 4xx that names its code; WechatUnknown for a 5xx, a 202, a
        redirect, a throttled POST and a reply that can't be verified or read;
        WechatUnavailable for a throttled GET and for what wasn't sent.
        """
        reply = self._send(method, path, body, sealed_with=sealed_with)
        _check_status(reply, method)
        _check_signature(reply, self.keys.find)
        return _json_object(reply)

    def sealing_key(self) -> tuple[str, RSAPublicKey]:
        """The serial and the key of WeChat with which to encrypt.

        Raises WechatUnavailable while no certificate could be downloaded.
        """
        found = self.keys.sealing()
        if found is None:
            raise WechatUnavailable("no key of WeChat Pay is known to encrypt with")
        return found

    def download(self, path: str, limits: Limits, into: IO[bytes]) -> None:
        """Write a file to `into`, by signed GET.

        WeChat doesn't sign files: check the hash that it announced.
        """
        _check_status(self._send("GET", path, None, limits, into), "GET")

    def _send(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        limits: Limits | None = None,
        into: IO[bytes] | None = None,
        *,
        sealed_with: str | None = None,
    ) -> Reply:
        headers = {"Accept": "application/json"}
        payload = b""
        if method != "GET":
            headers["Content-Type"] = "application/json"
        if body is not None:
            payload = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        serial = sealed_with or self._public_key_id
        if serial is not None:
            # Says which key encrypted; and asks for a reply signed by it rather than by another.
            headers["Wechatpay-Serial"] = serial
        return self._transport.send(
            method,
            path,
            headers=headers,
            body=payload or None,
            authorize=lambda wire_path: self._authorization(method, wire_path, payload),
            limits=limits,
            into=into,
        )

    def _authorization(self, method: str, path: str, payload: bytes) -> str:
        who = self._merchant
        timestamp, nonce = str(int(time.time())), secrets.token_hex(16)
        signature = sign(who.private_key, request_text(method, path, timestamp, nonce, payload))
        return (
            f'{SCHEME} mchid="{who.mchid}",nonce_str="{nonce}",signature="{signature}",'
            f'timestamp="{timestamp}",serial_no="{who.serial}"'
        )

    def _download_certificates(self) -> dict[str, PlatformKey]:
        """Fetch the platform certificates; their own reply is signed by one of them."""
        reply = self._send("GET", CERTIFICATES_PATH, None)
        _check_status(reply, "GET")
        found = read_certificates(reply.content, self._merchant.apiv3_key)

        def find(serial: str) -> RSAPublicKey | None:
            entry = found.get(plain_serial(serial))
            return entry.key if entry else self.keys.fixed(serial)

        _check_signature(reply, find)
        return found


def _check_signature(reply: Reply, find_key: FindKey) -> None:
    try:
        verify(reply.headers, reply.content, find_key, time.time())
    except Untrusted as untrusted:
        reason = untrusted.reason
    else:
        return
    raise WechatUnknown(f"a reply that can't be verified: {reason} ({_request_id(reply)})")


def _check_status(reply: Reply, method: str) -> None:
    if reply.status in (200, 204):
        return
    raise _failure(reply, method)


def _failure(reply: Reply, method: str) -> WechatError:
    status, trace = reply.status, _request_id(reply)
    code, message = _error_code(reply)
    if status == 429 or code in _THROTTLED_CODES:
        # A throttled refund has been seen to go through all the same; a query never changes
        # anything, so it is merely to be repeated.
        kind = WechatUnavailable if method == "GET" else WechatUnknown
        throttled = kind(f"throttled ({trace})")
        throttled.is_throttled = True
        return throttled
    if 400 <= status < 500 and code and code not in _BUSY_CODES:
        return WechatRefused(code, message, status, trace)
    # No code: not WeChat Pay's own answer, perhaps that of something in between.
    return WechatUnknown(f"HTTP {status} {code} ({trace})")


def _error_code(reply: Reply) -> tuple[str, str]:
    try:
        error = json.loads(reply.content)
        return str(error["code"]), str(error.get("message", ""))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return "", ""


def _json_object(reply: Reply) -> dict[str, Any]:
    if reply.status == 204:
        return {}
    try:
        value = json.loads(reply.content)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise WechatUnknown(f"a reply that isn't a JSON object ({_request_id(reply)})")
    return value


def _request_id(reply: Reply) -> str:
    return reply.headers.get("Request-ID", "-")[:80]
