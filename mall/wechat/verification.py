"""Whether a reply or a callback really comes from WeChat Pay.

Replies and callbacks are signed alike; only the conclusion differs, and is the caller's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from mall.wechat.signing import SCHEME, reply_text, verifies

MAX_SKEW_S = 300
PROBE_PREFIX = "WECHATPAY/SIGNTEST/"
_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)

FindKey = Callable[[str], RSAPublicKey | None]


class Untrusted(Exception):
    """It can't be shown to be WeChat's; `reason` is a short token, safe to log."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def verify(headers: Mapping[str, str], body: bytes, find_key: FindKey, now: float) -> None:
    """Return only when the signature is good, fresh (±300 s of `now`) and of a known key.

    Cheap checks come first, so that a flood of forgeries costs no RSA and no look-up.
    Raises Untrusted and nothing else, whatever the input.
    """
    given = _wechatpay_headers(headers)
    timestamp, nonce, serial, signature = (
        _required(given, name) for name in ("timestamp", "nonce", "serial", "signature")
    )
    if not _SECONDS.fullmatch(timestamp) or abs(now - int(timestamp)) > MAX_SKEW_S:
        raise Untrusted("stale")
    if given.get("signature-type", SCHEME) != SCHEME:
        raise Untrusted("signature_type")
    if signature.startswith(PROBE_PREFIX):
        raise Untrusted("probe")
    key = find_key(serial)
    if key is None:
        raise Untrusted("unknown_serial")
    if not verifies(key, reply_text(timestamp, nonce, body), signature):
        raise Untrusted("signature")


def _wechatpay_headers(headers: Mapping[str, str]) -> dict[str, str]:
    prefix = "wechatpay-"
    found = {}
    for name, value in headers.items():
        lowered = str(name).lower()
        if lowered.startswith(prefix) and isinstance(value, str):
            found[lowered.removeprefix(prefix)] = value
    return found


def _required(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name, "")
    # A line feed would let a part of the body pass as the nonce.
    if not value or not value.isascii() or "\n" in value:
        raise Untrusted(f"no_{name}")
    return value
