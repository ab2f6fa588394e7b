"""Product names as they are typed in Latin letters: pinyin, whole or by first letters. Pure.

A name is found from each of its words on: 纯棉四件套 by "chunmiansi", "sijian", "cmsjt" and "sjt".
Such forms stand in the search column under a prefix that no word of a text has.
"""

from __future__ import annotations

import re
from types import ModuleType

from mall.catalog.tokenizer import MAX_WORD, words_of

MARK = "\ue000"
"""For private use: no text has it, so no word of a search begins with it."""
MOST_FORMS = 40
_TYPED = re.compile(r"[a-z][a-z' ]*", re.ASCII | re.IGNORECASE)


def pinyin_forms(name: str) -> list[str]:
    """What may be typed for a name, marked; each once."""
    words = [word for word in words_of(name) if any("一" <= c <= "鿿" for c in word)]
    if not words:
        return []
    spelled = [_spelled(word) for word in words]
    forms: dict[str, None] = {}
    for start in range(len(spelled)):
        syllables = [one for word in spelled[start:] for one in word]
        forms[MARK + "".join(syllables)[:MAX_WORD]] = None
        forms[MARK + "".join(one[0] for one in syllables)[:MAX_WORD]] = None
    return list(forms)[:MOST_FORMS]


def typed_pinyin(text: str) -> str | None:
    """The marked beginning that was typed; None when it can't be pinyin."""
    if not _TYPED.fullmatch(text.strip()):
        return None
    return MARK + re.sub(r"[' ]", "", text).lower()[:MAX_WORD]


def _spelled(word: str) -> list[str]:
    """The syllables of a word; letters and digits in it stand for themselves."""
    return [one.lower() for one in _library().lazy_pinyin(word) if one.strip()]


def _library() -> ModuleType:
    """Its tables are large: only a process that writes names pays for them."""
    import pypinyin  # noqa: PLC0415

    return pypinyin
