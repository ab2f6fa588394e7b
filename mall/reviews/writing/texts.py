"""Text that other shoppers read: what can't be seen is taken out.

Zero-width characters hide words from filters, bidirectional controls make text read otherwise than
it is. A zero-width joiner stays between two emoji, where it is part of one picture.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import marshmallow as ma

from mall.kernel.http.schemas import Text

_JOINER = "\u200d"
_HIDDEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200c\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff\x7f-\x9f]"
)
_VARIATION = ("\ufe0e", "\ufe0f")
_SYMBOLS = ("So", "Sk")
"""Categories of emoji, and of the modifiers of their skin."""


def visible(text: str) -> str:
    """The text without characters that nobody sees, stripped."""
    return _without_loose_joiners(_HIDDEN.sub("", text)).strip()


def _without_loose_joiners(text: str) -> str:
    if _JOINER not in text:
        return text
    return "".join(
        character for at, character in enumerate(text) if character != _JOINER or _joins(text, at)
    )


def _joins(text: str, at: int) -> bool:
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    return _is_symbol(before) and _is_symbol(after)


def _is_symbol(character: str) -> bool:
    if character in _VARIATION and character:
        return True
    return bool(character) and (
        unicodedata.category(character) in _SYMBOLS or character in "\u2640\u2642"
    )


class VisibleText(Text):
    """Text for others to read: at least one character that can be seen."""

    default_error_messages = {"nothing": "请填写内容"}  # noqa: RUF012

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = visible(super()._deserialize(value, attr, data, **kwargs))
        if not text and self.required:
            raise ma.ValidationError(self.error_messages["nothing"])
        return text
