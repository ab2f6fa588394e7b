"""Chinese text into search words, the same way for products and for queries. Pure.

A word is cut by the dictionary and again into the shorter words inside it; of titles each
Chinese character counts too, so that one typed character finds something.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from types import ModuleType

_STOP_WORDS = "的 了 和 与 及 或 等 是 在 为 也 就 都 而 把 被 让 从 the a an of and or"
STOP_WORDS = frozenset(_STOP_WORDS.split())
MAX_QUERY_WORDS = 8
MAX_WORD = 40
_MAX_POSITION = 16_383
_PER_WORD = 255


def load() -> None:
    """Load the dictionary now: a server does it once, before its workers are forked."""
    _tokenizer().cut("预热")


def normalised(text: str) -> str:
    """Full-width letters narrowed, case folded."""
    return unicodedata.normalize("NFKC", text).lower()


def title_words(text: str) -> list[str]:
    """Every word of a text, the shorter words within longer ones included."""
    return _kept(_tokenizer().cut_for_search(normalised(text)))


def query_words(text: str) -> list[str]:
    """The words of a query, each once, in order; at most eight."""
    return list(dict.fromkeys(_kept(_tokenizer().cut(normalised(text)))))[:MAX_QUERY_WORDS]


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
    """A tsquery literal: each word, whole or as a beginning, has to be there."""
    return " & ".join(f"{quoted(word)}:*" for word in words)


def any_word(words: list[str]) -> str:
    """A tsquery literal: one of the words, or of the shorter words in them, is enough."""
    shorter = [part for word in words for part in title_words(word) if len(part) > 1]
    return " | ".join(f"{quoted(word)}:*" for word in dict.fromkeys([*words, *shorter]))


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
