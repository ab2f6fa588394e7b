"""Chinese text into search words, the same way for products and for queries. Pure.

A word is cut by the dictionary and again into the shorter words inside it; of titles each
Chinese character counts too, so that one typed character finds something. Letters and digits are
words of their own: "iphone15" is "iPhone 15", "500ml" is "500 ml".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from types import ModuleType

_STOP_WORDS = "的 了 和 与 及 或 等 是 在 为 也 就 都 而 把 被 让 从 the an of and or"
STOP_WORDS = frozenset(_STOP_WORDS.split())
MAX_QUERY_WORDS = 8
MAX_WORD = 40
_BETWEEN = re.compile(r"(?<=[a-z])(?=[0-9])|(?<=[0-9])(?=[a-z])")
_WHOLE = re.compile(r"[a-z]|[0-9]+(\.[0-9]+)?", re.ASCII)
"""Words that aren't the beginning of others: 维生素A isn't 维生素and, 15 isn't 150."""
_MAX_POSITION = 16_383
_PER_WORD = 255


def load() -> None:
    """Load the dictionary now: a server does it once, before its workers are forked."""
    _tokenizer().cut("预热")


def normalised(text: str) -> str:
    """Full-width letters narrowed, case folded, letters apart from digits."""
    return _BETWEEN.sub(" ", unicodedata.normalize("NFKC", text).lower())


def title_words(text: str) -> list[str]:
    """Every word of a text, the shorter words within longer ones included."""
    return _kept(_tokenizer().cut_for_search(normalised(text)))


def words_of(text: str) -> list[str]:
    """The words of a text in order, none within another."""
    return _kept(_tokenizer().cut(normalised(text)))


def query_words(text: str) -> list[str]:
    """The words of a query, each once, in order; at most eight."""
    return list(dict.fromkeys(words_of(text)))[:MAX_QUERY_WORDS]


def characters(text: str) -> list[str]:
    """Each Chinese character of a text."""
    return [character for character in normalised(text) if "一" <= character <= "鿿"]


def vector(weighted: Iterable[tuple[str, Iterable[str]]]) -> str:
    """A tsvector literal of (weight letter, words) parts, in order."""
    places: dict[str, list[str]] = {}
    position = 0
    for weight, words in weighted:
        for word in words:
            position = min(position + 1, _MAX_POSITION)
            found = places.setdefault(word, [])
            if len(found) < _PER_WORD:
                found.append(f"{position}{weight}")
    return " ".join(f"{quoted(word)}:{','.join(at)}" for word, at in places.items())


def all_words(words: list[str]) -> str:
    """A tsquery literal: each word has to be there, as a beginning too; a letter or a number only
    whole."""
    return " & ".join(map(_asked, words))


def any_word(words: list[str]) -> str:
    """A tsquery literal: one of the words, or of the shorter words in them, is enough."""
    shorter = [part for word in words for part in title_words(word) if len(part) > 1]
    return " | ".join(map(_asked, dict.fromkeys([*words, *shorter])))


def _asked(word: str) -> str:
    return quoted(word) if _WHOLE.fullmatch(word) else f"{quoted(word)}:*"


def quoted(word: str) -> str:
    """A word as PostgreSQL's text search takes it literally."""
    doubled = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"


def _kept(tokens: Iterable[str]) -> list[str]:
    words = (token.strip()[:MAX_WORD] for token in tokens)
    return [w for w in words if w not in STOP_WORDS and any(c.isalnum() for c in w)]


def _tokenizer() -> ModuleType:
    """The dictionary is 35 MB: only a process that cuts words pays for it."""
    import rjieba  # noqa: PLC0415

    return rjieba
