"""What WeChat pushes about a picture that it was asked to moderate (`wxa_media_check`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from mall.wechat.mini_models import Suggestion

EVENT = "wxa_media_check"
_MAX_TRACE = 128


@dataclass(frozen=True)
class MediaVerdict:
    """WeChat's opinion of a picture. `suggest` is None when WeChat could not judge it."""

    trace_id: str
    suggest: Suggestion | None
    label: int


def media_verdict(fields: Mapping[str, Any]) -> MediaVerdict | None:
    """The verdict in the fields of a verified push; None for one that names no trace id.

    An XML push gives numbers as text. Whatever isn't pass, review or risky is no verdict.
    """
    trace_id = fields.get("trace_id")
    if not isinstance(trace_id, str) or not 0 < len(trace_id) <= _MAX_TRACE:
        return None
    result = fields.get("result")
    found: Mapping[str, Any] = result if isinstance(result, Mapping) else {}
    is_judged = str(fields.get("errcode", 0)) == "0"
    suggest = found.get("suggest")
    if not is_judged or suggest not in ("pass", "review", "risky"):
        return MediaVerdict(trace_id, None, 0)
    label = str(found.get("label", ""))
    is_number = label.isascii() and label.isdecimal() and len(label) < 9
    return MediaVerdict(trace_id, cast(Suggestion, suggest), int(label) if is_number else 0)
