"""Texts that are alike: MinHash of rows of three letters, candidates by bands, then Jaccard.

Twenty-one bands of three rows find two texts of similarity 0.6 with a chance of 0.994
(1 - (1 - 0.6^3)^21), and of 0.8 with 0.9999999. The similarity is then counted exactly. One
other character in a copy of twenty letters leaves 0.65.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from hashlib import blake2b

from sqlalchemy import delete, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.reviews.moderation.check_models import ContentTextBand
from mall.reviews.moderation.models import ModeratedContent
from mall.reviews.moderation.words import letters

ROW, LEAST_LETTERS = 3, 12
"""Shorter texts ("很好，值得购买") are alike without being copied."""
BANDS, ROWS = 21, 3
ALIKE = 0.6
MAX_CANDIDATES = 50


@dataclass(frozen=True, slots=True)
class SameText:
    """A content that says nearly the same; `similarity` of 0 to 1."""

    content_id: int
    similarity: float


def shingles(text: str) -> frozenset[str]:
    """The rows of three letters of a text; none of a short one."""
    plain = letters(text)
    if len(plain) < LEAST_LETTERS:
        return frozenset()
    return frozenset(plain[at : at + ROW] for at in range(len(plain) - ROW + 1))


def bands_of(rows: frozenset[str]) -> list[int]:
    """A signed number of 64 bits for each band."""
    # Imported here: it brings scipy along, a second that no web process needs at its start.
    from datasketch import MinHash  # noqa: PLC0415

    sketch = MinHash(num_perm=BANDS * ROWS)
    sketch.update_batch([row.encode() for row in sorted(rows)])
    values = [int(value) for value in sketch.hashvalues]
    return [_band(values[at : at + ROWS]) for at in range(0, BANDS * ROWS, ROWS)]


def _band(values: list[int]) -> int:
    packed = struct.pack(f">{ROWS}Q", *values)
    return int.from_bytes(blake2b(packed, digest_size=8).digest(), "big", signed=True)


def jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    """How alike two sets are: what both have ÷ what either has."""
    either = len(one | other)
    return len(one & other) / either if either else 0.0


def remember_text(session: Session, content_id: int, text: str) -> list[int]:
    """Keep a text's bands, instead of those of its earlier version; what they are."""
    rows = shingles(text)
    bands = bands_of(rows) if rows else []
    session.execute(delete(ContentTextBand).where(ContentTextBand.content_id == content_id))
    if bands:
        session.execute(
            insert(ContentTextBand),
            [{"content_id": content_id, "band": at, "hash": v} for at, v in enumerate(bands)],
        )
    return bands


def same_texts(
    session: Session, content_id: int, user_id: int | None, text: str, bands: list[int]
) -> list[SameText]:
    """Contents of other shoppers that say nearly the same, the most alike first."""
    if not bands:
        return []
    candidates = (
        select(ContentTextBand.content_id)
        .where(
            tuple_(ContentTextBand.band, ContentTextBand.hash).in_(list(enumerate(bands))),
            ContentTextBand.content_id != content_id,
        )
        .distinct()
    )
    known = session.execute(
        select(ModeratedContent.id, ModeratedContent.text)
        .where(
            ModeratedContent.id.in_(candidates),
            ModeratedContent.user_id.is_distinct_from(user_id),
        )
        .order_by(ModeratedContent.id)
        .limit(MAX_CANDIDATES)
    ).all()
    own = shingles(text)
    found = [SameText(row.id, jaccard(own, shingles(row.text))) for row in known]
    alike = [one for one in found if one.similarity >= ALIKE]
    return sorted(alike, key=lambda one: (-one.similarity, one.content_id))
