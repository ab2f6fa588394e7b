"""Finding the texts that a text may be copied from, among a million, without reading them.

Winnowing (Schleimer, Wilkerson, Aiken 2003): of each `WINDOW` rows of `ROW` letters that follow
each other the one with the smallest hash is kept. Two texts that share `PASTED` letters in a row
have a kept row in common: `WINDOW + ROW - 1 = PASTED`.
"""

from __future__ import annotations

from hashlib import blake2b

from mall.reviews.rewarding.measuring import PASTED, letters_of

ROW = 8
WINDOW = PASTED - ROW + 1


def phrases_of(text: str) -> frozenset[int]:
    """The kept rows of a text, as signed numbers of 64 bits; none of one with few letters."""
    letters = letters_of(text).letters
    hashes = [_hash(letters[start : start + ROW]) for start in range(len(letters) - ROW + 1)]
    return frozenset(
        min(hashes[start : start + WINDOW]) for start in range(len(hashes) - WINDOW + 1)
    )


def _hash(row: str) -> int:
    return int.from_bytes(blake2b(row.encode(), digest_size=8).digest(), "big", signed=True)
