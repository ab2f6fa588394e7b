"""Callbacks of WeChat Pay: trust first, then open.

Nothing of the body is looked at before the time, the key and the signature are good, so
a stranger can make us do no more than one RSA verification.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mall.wechat.errors import NotificationRejected
from mall.wechat.pay_models import Notification
from mall.wechat.signing import decrypt
from mall.wechat.times import parse_rfc3339
from mall.wechat.verification import FindKey, Untrusted, verify

ALGORITHM = "AEAD_AES_256_GCM"


def open_notification(
    headers: Mapping[str, str],
    raw_body: bytes,
    *,
    find_key: FindKey,
    apiv3_key: bytes,
    now: float | None = None,
) -> Notification:
    """Verify, decrypt and read a callback. Raises NotificationRejected and nothing else."""
    try:
        verify(headers, raw_body, find_key, time.time() if now is None else now)
        return _open(_json_object(raw_body), apiv3_key)
    except Untrusted as untrusted:
        reason = untrusted.reason
    except (ValueError, KeyError, TypeError, RecursionError):
        reason = "malformed"
    raise NotificationRejected(reason)


def _open(envelope: dict[str, Any], apiv3_key: bytes) -> Notification:
    sealed = envelope["resource"]
    if sealed["algorithm"] != ALGORITHM:
        raise ValueError("another cipher")
    plain = decrypt(
        apiv3_key,
        _text(sealed["nonce"]),
        _text(sealed.get("associated_data") or ""),
        _text(sealed["ciphertext"]),
    )
    return Notification(
        id=_text(envelope["id"]),
        event_type=_text(envelope["event_type"]),
        resource=_json_object(plain),
        create_time=_time(envelope.get("create_time")),
    )


def _json_object(raw: bytes) -> dict[str, Any]:
    value = json.loads(raw.decode("utf-8"), parse_constant=_refuse_constant)
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _time(value: object) -> datetime | None:
    try:
        return parse_rfc3339(_text(value))
    except (ValueError, TypeError):
        return None
