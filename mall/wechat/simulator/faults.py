"""Faults on demand: which fault is applied to the next callback or API reply.

A fault names its target, its kind and how often it is applied. Kinds for callbacks either
change when they are sent (`delay`, `double`, `reorder`, `drop`, `replay`, `lost_reply`)
or falsify one sending (`forge`, `stale`, `wrong_amount`, …); the next try is genuine again
unless the fault says `"retry": false`.
"""

from __future__ import annotations

import uuid

from mall.wechat.simulator.errors import ControlError
from mall.wechat.simulator.state import Doc, Store

TIMING_KINDS = ("delay", "double", "reorder", "drop", "replay", "lost_reply")
TAMPERING_KINDS = (
    "forge",
    "stale",
    "wrong_amount",
    "wrong_currency",
    "wrong_appid",
    "wrong_mchid",
    "wrong_openid",
    "signtest",
    "unknown_serial",
    "no_aad",
)
_ENVELOPE_TAMPERING = ("forge", "stale", "signtest", "unknown_serial", "no_aad")
# Callback → the kinds of tampering for which it has a field.
TAMPERING_OF = {
    "pay-notify": TAMPERING_KINDS,
    "refund-notify": (*_ENVELOPE_TAMPERING, "wrong_amount", "wrong_mchid"),
    "transfer-notify": (*_ENVELOPE_TAMPERING, "wrong_amount", "wrong_mchid"),
    "echo-notify": _ENVELOPE_TAMPERING,
    "push": ("forge", "stale", "wrong_appid"),
}
# Before the request is handled, so that it has no effect.
BEFORE_KINDS = ("delay", "hang", "http_500", "error", "errcode", "token_40001")
# After it was handled: the effect is there, the answer isn't or can't be trusted.
AFTER_KINDS = ("lost_reply", "429_accepted", "hang_after", "http_500_accepted", "error_accepted")
# The signature of an otherwise good reply.
REPLY_TAMPERING = ("bad_reply_signature", "signtest", "unknown_serial", "stale")

_PAY_ONLY = {*REPLY_TAMPERING, "429_accepted", "error", "error_accepted"}
_MINI_ONLY = {"token_40001", "errcode"}
_DEFAULT_SECONDS = {"delay": 1.0, "reorder": 5.0, "replay": 3600.0, "stale": 3600.0, "hang": 30.0}


class Faults:
    """The list of ordered faults, kept in the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, spec: Doc) -> Doc:
        """Order a fault; ControlError when target and kind don't go together."""
        fault = _checked(spec)
        self._store.put("fault", fault["id"], fault)
        return fault

    def all(self) -> list[Doc]:
        return self._store.oldest("fault")

    def clear(self) -> int:
        return self._store.clear("fault")

    def take(self, target: str, path: str = "") -> Doc | None:
        """The first fault that applies; it is used up once by this call."""
        with self._store.transaction():
            for fault in self._store.oldest("fault"):
                if not _applies(fault, target, path):
                    continue
                if fault["count"] is not None:
                    fault["count"] -= 1
                if fault["count"] == 0:
                    self._store.delete("fault", fault["id"])
                else:
                    self._store.put("fault", fault["id"], fault)
                return fault
        return None


def _applies(fault: Doc, target: str, path: str) -> bool:
    if fault["target"] != target or not path.startswith(fault["path"]):
        return False
    if target != "api":
        return True
    is_pay = path.startswith("/v3/")
    if fault["kind"] == "token_40001" and path in ("/cgi-bin/stable_token", "/sns/jscode2session"):
        return False
    return fault["kind"] not in (_MINI_ONLY if is_pay else _PAY_ONLY)


def _checked(spec: Doc) -> Doc:
    target, kind = spec.get("target"), spec.get("kind")
    if target == "api":
        kinds: tuple[str, ...] = BEFORE_KINDS + AFTER_KINDS + REPLY_TAMPERING
    elif target in TAMPERING_OF:
        kinds = TIMING_KINDS + TAMPERING_OF[target]
    else:
        raise ControlError(400, "bad_target", f"target is api or {', '.join(TAMPERING_OF)}")
    if kind not in kinds:
        raise ControlError(400, "bad_kind", f"kinds of {target}: {', '.join(kinds)}")
    unknown = set(spec) - {"target", "kind", "path", "count", "seconds", "retry", "error"}
    if unknown:
        raise ControlError(400, "unknown_field", f"unknown: {', '.join(sorted(unknown))}")
    count, seconds = spec.get("count", 1), spec.get("seconds", _DEFAULT_SECONDS.get(kind, 1.0))
    if count is not None and (type(count) is not int or count < 1):
        raise ControlError(400, "bad_count", "count is a whole number from 1, or null for ever")
    if not isinstance(seconds, int | float) or seconds < 0:
        raise ControlError(400, "bad_seconds", "seconds is a number from 0")
    return {
        "id": str(uuid.uuid4()),
        "target": target,
        "kind": kind,
        "path": str(spec.get("path") or ""),
        "count": count,
        "seconds": seconds,
        "retry": bool(spec.get("retry", True)),
        "error": spec.get("error") or {},
    }
