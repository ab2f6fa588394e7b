"""Drawing lots: a pure function of the entries and a secret. No database, no HTTP.

All entries that take part are hashed together, in their order. The k-th prize is drawn by

    random = HMAC-SHA256(secret, "lots:<campaign id>:<hash of the entries>:<k>")

from the entries that won nothing yet, each as likely as the others. The secret was committed to
before the start; each entry has a nonce of its shopper, and stands in public as soon as it is made.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from mall.lottery.rules.outcomes import uniform


@dataclass(frozen=True, slots=True)
class Lot:
    """An entry as it is published."""

    number: int
    alias: str
    nonce: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """The `place`-th prize, counted from 1: which entry won which line of the terms."""

    place: int
    number: int
    prize: int


def hash_of(lots: Sequence[Lot]) -> str:
    """SHA-256 of all entries that take part, in hexadecimal digits."""
    lines = "".join(f"{one.number}:{one.alias}:{one.nonce}\n" for one in lots)
    return hashlib.sha256(lines.encode()).hexdigest()


def draw_lots(
    secret: bytes, campaign_id: int, lots: Sequence[Lot], counts: Sequence[int]
) -> list[Drawn]:
    """Who wins what, the first prize's units first. With fewer entries than prizes all win."""
    entries, left = hash_of(lots), [one.number for one in lots]
    prizes = [prize for prize, count in enumerate(counts) for _ in range(count)]
    drawn = []
    for place, prize in enumerate(prizes[: len(lots)], start=1):
        message = f"lots:{campaign_id}:{entries}:{place}".encode()
        random = hmac.digest(secret, message, hashlib.sha256)
        drawn.append(Drawn(place, left.pop(uniform(random, "entry", len(left))), prize))
    return drawn


def canonical(terms: Mapping[str, Any]) -> str:
    """Published terms as JSON that is the same for all: sorted keys, no spaces."""
    return json.dumps(terms, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@lru_cache(maxsize=64)
def public_terms(written: str) -> Mapping[str, Any]:
    """Published terms from their canonical JSON."""
    terms: Mapping[str, Any] = json.loads(written)
    return terms
