"""The shop's own list of words, searched all at once (Aho-Corasick)."""

from __future__ import annotations

import threading
import unicodedata
from dataclasses import dataclass

from ahocorasick_rs import AhoCorasick
from flask import Flask, current_app
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.config import Config
from mall.reviews.moderation.check_models import BlockedWord

_EXTENSION = "mall.blocked_words"


@dataclass(frozen=True, slots=True)
class FoundWord:
    """A listed word that a text has."""

    word: str
    suggest: str


@dataclass(frozen=True)
class _Compiled:
    """The list as it was at a version."""

    version: tuple[int, int]
    words: tuple[FoundWord, ...]
    search: AhoCorasick


class WordList:
    """The compiled list of one process, compiled again when the table has changed."""

    def __init__(self) -> None:
        self._known: _Compiled | None = None
        self._compiling = threading.Lock()

    def found(self, session: Session, text: str) -> list[FoundWord]:
        """The listed words that occur in a text, each once, however it is spaced or cased."""
        known = self._current(session)
        if not known.words:
            return []
        hits = known.search.find_matches_as_indexes(letters(text), overlapping=True)
        return [known.words[at] for at in sorted({pattern for pattern, _start, _end in hits})]

    def _current(self, session: Session) -> _Compiled:
        version = _version(session)
        known = self._known
        if known is not None and known.version == version:
            return known
        with self._compiling:
            rows = session.execute(
                select(BlockedWord.word, BlockedWord.suggest).order_by(BlockedWord.id)
            ).all()
            words = tuple(FoundWord(row.word, row.suggest) for row in rows)
            search = AhoCorasick([letters(one.word) for one in words])
            # Read before the words: a change in between is compiled again, never missed.
            self._known = _Compiled(version, words, search)
            return self._known


def _version(session: Session) -> tuple[int, int]:
    """The same only for the same list: ids only grow, so equal ones mean that none was added."""
    row = session.execute(
        select(func.coalesce(func.max(BlockedWord.id), 0), func.count(BlockedWord.id))
    ).one()
    return int(row[0]), int(row[1])


def letters(text: str) -> str:
    """Letters and digits alone, in one width and case: what spacing and symbols can't change."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(one for one in folded if one.isalnum())


def init_words(app: Flask, _config: Config) -> None:
    """Give the app its list; nothing is read before the first use."""
    app.extensions[_EXTENSION] = WordList()


def words_in(session: Session, text: str) -> list[FoundWord]:
    """What the current app's list finds in a text."""
    found: WordList = current_app.extensions[_EXTENSION]
    return found.found(session, text)
