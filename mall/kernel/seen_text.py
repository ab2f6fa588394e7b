"""Text that people write, as it is seen: nothing in it that can't be.

Marks that show nothing (zero-width spaces, marks of direction, fillers) come along with what is
pasted, make two texts that look alike differ, turn a name around, or make a name of nothing. They
are taken out. Emoji are kept whole: they join their parts by such a mark.
"""

from __future__ import annotations

import re
import unicodedata

_JOINER = "\u200d"
_HIDDEN = re.compile(
    # All of the category Cf ("format") of Unicode 15,
    "[\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f"
    # and what else shows nothing: the grapheme joiner, fillers of Hangul, unwritten vowels of
    # Khmer, selectors of Mongolian, the empty cell of braille.
    "\u034f\u115f\u1160\u3164\uffa0\u17b4\u17b5\u180b-\u180d\u180f\u2800]"
)
_SEEN = frozenset("LNPS")
"""The categories of what is seen: letters, numbers, punctuation, symbols."""


def as_seen(text: str) -> str:
    """The text in Unicode's composed form (NFC), without marks that show nothing and without
    blanks around it."""
    if text.isascii():
        return text.strip()
    composed = unicodedata.normalize("NFC", text)
    return _HIDDEN.sub(_kept, composed).strip()


def seen_length(text: str) -> int:
    """How many characters are seen; blanks and marks on other characters don't count."""
    return sum(1 for character in text if unicodedata.category(character)[0] in _SEEN)


def _kept(found: re.Match[str]) -> str:
    before, after = (
        found.string[found.start() - 1 : found.start()],
        found.string[found.end() : found.end() + 1],
    )
    is_of_emoji = _is_part_of_emoji(before) and _is_part_of_emoji(after)
    return _JOINER if found[0] == _JOINER and is_of_emoji else ""


def _is_part_of_emoji(character: str) -> bool:
    # Emoji are symbols (So); a skin tone (Sk) or the selector U+FE0F may stand after one.
    return bool(character) and (
        unicodedata.category(character) in ("So", "Sk") or character in "\ufe0f\u2640\u2642"
    )
