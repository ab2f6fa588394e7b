"""What a value of a subscribe message may be, by the prefix of its key (`thing1`).

WeChat refuses the whole message (47003) for one value that is too long or empty. Texts
are cut; numbers, amounts and times are sent as they are, since a cut one would be wrong
rather than short.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_KEY = re.compile(r"([a-z_]+?)_?[0-9]*", re.ASCII)
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_SPACES = re.compile(r"\s+")

_LENGTHS = {
    "thing": 20,
    "letter": 32,
    "symbol": 5,
    "character_string": 32,
    "car_number": 8,
    "phrase": 5,
}
_NAME_CHINESE, _NAME_LATIN = 10, 20
_ELLIPSIS = "…"


def limited(data: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The `data` of a subscribe message, each value within the limits of its key."""
    return {key: {"value": limited_value(key, value)} for key, value in data.items()}


def limited_value(key: str, value: str) -> str:
    """One value, cut and cleaned as its key's prefix asks; never empty."""
    match = _KEY.fullmatch(key)
    prefix = match[1] if match else ""
    text = _SPACES.sub(" ", value).strip()
    if prefix == "character_string":
        text = "".join(c for c in text if c.isascii() and c.isprintable()).strip()
    elif prefix == "phrase":
        text = "".join(_CHINESE.findall(text))
    text = _cut(text, _limit(prefix, text), mark=prefix == "thing")
    return text or ("无" if prefix in ("thing", "phrase", "name") else "-")


def _limit(prefix: str, text: str) -> int | None:
    if prefix == "name":
        return _NAME_CHINESE if _CHINESE.search(text) else _NAME_LATIN
    return _LENGTHS.get(prefix)


def _cut(text: str, limit: int | None, *, mark: bool) -> str:
    """Cut to `limit` UTF-16 units: the count of WeChat's own platform is never above it."""
    if limit is None or _units(text) <= limit:
        return text
    room = limit - len(_ELLIPSIS) if mark else limit
    kept = []
    for character in text:
        room -= _units(character)
        if room < 0:
            break
        kept.append(character)
    return "".join(kept).rstrip() + (_ELLIPSIS if mark else "")


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
