"""How many characters of a text say something: what a review is rewarded by.

A shopper who counts the characters of an honest text counts the same. What only makes a text
longer doesn't count: emoji, signs that nobody sees, rows of punctuation, what the text has said
before, and what is copied from the text of another review.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

REPEATED = 5
"""So many letters in a row that stood in the text before are a repeat. In real texts of fifty
characters it is one of forty that has such a row (measured), and it loses five characters."""
PASTED = 12
"""So many letters in a row that stand in another text are copied."""
TIMES = 2
"""How often a pair of letters counts in one text: words in ever new order don't go on counting."""
LONGEST_RUN = 12
"""How many letters of a row of digits, or of Latin letters, count: the length of a long word."""
LETTERS_A_MARK = 4
"""For so many letters one punctuation mark or space counts."""

# Letters by their category that show nothing: fillers of Hangul.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0")
_KEYCAP = re.compile("[0-9#*]\ufe0f?\u20e3")
_RUN = re.compile(r"[0-9]+|[a-z]+")
_LETTER, _MARK = ("L", "N"), ("P", "Z")


@dataclass(frozen=True, slots=True)
class Measure:
    """What of a text counts (`characters`), and how many letters don't: said before in the same
    text (`repeated`), copied from another (`pasted`)."""

    characters: int
    repeated: int
    pasted: int


@dataclass(frozen=True, slots=True)
class Letters:
    """A text without what says nothing: `letters` in a row, and which of them a punctuation mark
    or space follows (`marks`)."""

    letters: str
    marks: frozenset[int]


def measure(text: str, others: Iterable[str] = ()) -> Measure:
    """How much a text says; `others` are the texts that it may be copied from."""
    own = letters_of(text)
    pasted = _pasted(own.letters, others)
    repeated = _repeated(own) - pasted
    new = [place not in pasted and place not in repeated for place in range(len(own.letters))]
    letters = sum(new)
    new.append(True)  # the mark at the end stands before nothing
    marks = sum(new[place] and new[place + 1] for place in own.marks)
    return Measure(letters + min(marks, letters // LETTERS_A_MARK), len(repeated), len(pasted))


def letters_of(text: str) -> Letters:
    """The letters and digits of a text, as they are compared: one form of each (NFKC), small.

    Emoji go first: some of them have a letter as their plain form.
    """
    letters: list[str] = []
    marks: set[int] = set()
    plain = "".join(c for c in _KEYCAP.sub("", text) if unicodedata.category(c) != "So")
    for char in unicodedata.normalize("NFKC", plain).casefold():
        category = unicodedata.category(char)
        if category[0] in _LETTER and char not in _BLANK:
            letters.append(char)
        elif letters and (category[0] in _MARK or category == "Sm" or char in "\t\n\r"):
            marks.add(len(letters) - 1)
    return Letters("".join(letters), frozenset(marks))


def _pasted(letters: str, others: Iterable[str]) -> set[int]:
    """Which letters stand in a row of `PASTED` that another text has, too."""
    own = _rows(letters, PASTED)
    places: set[int] = set()
    for other in others:
        known = set(_rows(letters_of(other).letters, PASTED))
        places.update(
            place
            for start, row in enumerate(own)
            if row in known
            for place in range(start, start + PASTED)
        )
    return places


def _repeated(own: Letters) -> set[int]:
    """Which letters only say again what was said."""
    places = _rows_again(own.letters) | _clauses_again(own) | _long_runs(own.letters)
    return places | _pairs_again(own.letters, places)


def _rows_again(letters: str) -> set[int]:
    places: set[int] = set()
    seen: set[str] = set()
    for start, row in enumerate(_rows(letters, REPEATED)):
        if row in seen:
            places.update(range(start, start + REPEATED))
        seen.add(row)
    return places


def _clauses_again(own: Letters) -> set[int]:
    """A clause that was there before, however short it is."""
    places: set[int] = set()
    seen: set[str] = set()
    start = 0
    for end in sorted(own.marks | {len(own.letters) - 1}):
        clause = own.letters[start : end + 1]
        if clause in seen:
            places.update(range(start, end + 1))
        seen.add(clause)
        start = end + 1
    return places


def _long_runs(letters: str) -> set[int]:
    return {
        place
        for run in _RUN.finditer(letters)
        for place in range(run.start() + LONGEST_RUN, run.end())
    }


def _pairs_again(letters: str, skipped: set[int]) -> set[int]:
    places: set[int] = set()
    times: Counter[str] = Counter()
    for place in range(1, len(letters)):
        if place in skipped:
            continue
        pair = letters[place - 1 : place + 1]
        times[pair] += 1
        if times[pair] > TIMES:
            places.add(place)
    return places


def _rows(letters: str, length: int) -> Sequence[str]:
    """Every row of so many letters, by its start."""
    return [letters[start : start + length] for start in range(len(letters) - length + 1)]
