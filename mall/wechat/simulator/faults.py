"""Misbehaviour to order: which fault strikes the next callback or API reply.

A fault names its target, its kind and how often it strikes. Kinds for callbacks either
change when they are sent (`delay`, `double`, `reorder`, `drop`, `replay`, `lost_reply`)
or twist one sending (`forge`, `stale`, `wrong_amount`, …); the next try is genuine again
unless the fault says `"retry": false`.
"""

from __future__ import annotations

import uuid

from mall.wechat.simulator.errors import ControlError
from mall.wechat.simulator.state import Doc, Store

TIMING_KINDS = ("delay", "double", "reorder", "drop", "replay", "lost_reply")
TWIST_KINDS = (
    "forge",
    "stale",
    "wrong_amount",
    "wrong_appid",
    "wrong_mchid",
    "wrong_openid",
    "signtest",
    "unknown_serial",
    "no_aad",
)
_ENVELOPE_TWISTS = ("forge", "stale", "signtest", "unknown_serial", "no_aad")
# Callback → the twists for which it has something to spoil.
TWISTS_OF = {
    "pay-notify": TWIST_KINDS,
    "refund-notify": (*_ENVELOPE_TWISTS, "wrong_amount", "wrong_mchid"),
    "echo-notify": _ENVELOPE_TWISTS,
    "push": ("forge", "stale", "wrong_appid"),
}
# Strike before the request is handled, so that it has no effect.
EARLY_KINDS = ("delay", "hang", "http_500", "error", "errcode", "token_40001")
# Strike after it was handled: the effect is there, the answer isn't or can't be trusted.
LATE_KINDS = ("lost_reply", "429_accepted", "hang_after", "http_500_accepted")
# Strike the signature of an otherwise good reply.
REPLY_TWISTS = ("bad_reply_signature", "signtest", "unknown_serial", "stale")

_PAY_ONLY = {*REPLY_TWISTS, "429_accepted", "error"}
_MINI_ONLY = {"token_40001", "errcode"}
_DEFAULT_SECONDS = {"delay": 1.0, "reorder": 5.0, "replay": 3600.0, "stale": 3600.0, "hang": 30.0}


class Faults:
    """The list of ordered faults, kept in the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, wish: Doc) -> Doc:
        """Order a fault; ControlError when target and kind don't go together."""
        fault = _checked(wish)
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


def _checked(wish: Doc) -> Doc:
    target, kind = wish.get("target"), wish.get("kind")
    if target == "api":
        kinds: tuple[str, ...] = EARLY_KINDS + LATE_KINDS + REPLY_TWISTS
    elif target in TWISTS_OF:
        kinds = TIMING_KINDS + TWISTS_OF[target]
    else:
        raise ControlError(400, "bad_target", f"target is api or {', '.join(TWISTS_OF)}")
    if kind not in kinds:
        raise ControlError(400, "bad_kind", f"kinds of {target}: {', '.join(kinds)}")
    unknown = set(wish) - {"target", "kind", "path", "count", "seconds", "retry", "error"}
    if unknown:
        raise ControlError(400, "unknown_field", f"unknown: {', '.join(sorted(unknown))}")
    count, seconds = wish.get("count", 1), wish.get("seconds", _DEFAULT_SECONDS.get(kind, 1.0))
    if count is not None and (type(count) is not int or count < 1):
        raise ControlError(400, "bad_count", "count is a whole number from 1, or null for ever")
    if not isinstance(seconds, int | float) or seconds < 0:
        raise ControlError(400, "bad_seconds", "seconds is a number from 0")
    return {
        "id": str(uuid.uuid4()),
        "target": target,
        "kind": kind,
        "path": str(wish.get("path") or ""),
        "count": count,
        "seconds": seconds,
        "retry": bool(wish.get("retry", True)),
        "error": wish.get("error") or {},
    }
