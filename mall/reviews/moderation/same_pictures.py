"""Pictures that look the same: a perceptual hash of 64 bits, at most three of them different.

Four bands of 16 bits: three differences leave one band as it was, so looking for each band finds
every such picture, and the distance is then counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import imagehash
from PIL import Image, ImageStat
from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.reviews.moderation.check_models import ContentPicture
from mall.uploads.names import NAME, thumbnail_name
from mall.uploads.storage import storage

MOST_DIFFERENT = 3
PLAIN = 4.0
"""Standard deviation of brightness below which a picture shows too little to be compared."""
_BITS, _BAND = 64, 16
_LIKE = """
    (p.band_1 = :band_1 OR p.band_2 = :band_2 OR p.band_3 = :band_3 OR p.band_4 = :band_4)
      AND bit_count((p.phash # :phash)::bit(64)) <= :most
"""
_ALIKE = text(
    f"""
    SELECT p.name, p.content_id FROM content_pictures p
    JOIN moderated_contents c ON c.id = p.content_id
    WHERE {_LIKE}
      AND p.content_id <> :content_id AND c.user_id IS DISTINCT FROM CAST(:user_id AS bigint)
    ORDER BY p.content_id, p.name LIMIT 10
    """  # noqa: S608 - words of our own
)
# Who kept a picture first is told by the order of the uploads: a content may be edited later.
_BEFORE = text(
    f"""
    SELECT EXISTS (
        SELECT FROM content_pictures p JOIN uploads u ON u.name = p.name
        WHERE {_LIKE} AND p.content_id IS DISTINCT FROM CAST(:content_id AS bigint)
          AND u.id < (SELECT id FROM uploads WHERE name = :name)
    )
    """  # noqa: S608 - words of our own
)


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The hash of a picture as a signed number, and its bands."""

    name: str
    phash: int

    @property
    def columns(self) -> dict[str, int]:
        """The columns of the hash."""
        bits = self.phash % 2**_BITS
        bands = [(bits >> shift) % 2**_BAND for shift in range(0, _BITS, _BAND)]
        return {"phash": self.phash} | {f"band_{at}": band for at, band in enumerate(bands, 1)}

    def looks_like(self, other: Fingerprint) -> bool:
        """Whether at most three bits differ."""
        different: int = (self.phash ^ other.phash) % 2**_BITS
        return different.bit_count() <= MOST_DIFFERENT


def fingerprint(name: str, raw: bytes) -> Fingerprint | None:
    """The hash of a picture; None for one that shows a single colour."""
    with Image.open(BytesIO(raw)) as opened:
        grey = opened.convert("L")
    if ImageStat.Stat(grey).stddev[0] < PLAIN:
        return None
    bits = int(str(imagehash.phash(grey)), 16)
    return Fingerprint(name, bits - 2**_BITS if bits >= 2 ** (_BITS - 1) else bits)


def fingerprints(names: Sequence[str]) -> tuple[list[Fingerprint], list[str]]:
    """Read pictures: the hash of each that shows something; and the names of those that aren't
    there. Raises StorageUnavailable."""
    prints: list[Fingerprint] = []
    unread: list[str] = []
    for name in dict.fromkeys(names):
        opened = storage().open(thumbnail_name(name)) if NAME.fullmatch(name) else None
        if opened is None:
            unread.append(name)
        elif (one := fingerprint(name, opened.read())) is not None:
            prints.append(one)
    return prints, unread


def remember_pictures(session: Session, content_id: int, prints: Sequence[Fingerprint]) -> None:
    """Keep the hashes of a content's pictures, instead of those of its earlier version."""
    session.execute(delete(ContentPicture).where(ContentPicture.content_id == content_id))
    if prints:
        session.execute(
            insert(ContentPicture).on_conflict_do_nothing(),
            [{"name": one.name, "content_id": content_id, **one.columns} for one in prints],
        )


def same_pictures(
    session: Session, content_id: int, user_id: int | None, one: Fingerprint
) -> list[int]:
    """Contents of other shoppers that have a picture that looks like this one."""
    rows = session.execute(
        _ALIKE,
        {
            **one.columns,
            "most": MOST_DIFFERENT,
            "content_id": content_id,
            "user_id": user_id,
        },
    )
    return list(dict.fromkeys(row.content_id for row in rows))


def known_prints(session: Session, names: Sequence[str]) -> dict[str, Fingerprint]:
    """The kept hashes among `names`, by name."""
    rows = session.execute(
        select(ContentPicture.name, ContentPicture.phash).where(ContentPicture.name.in_(names))
    )
    return {row.name: Fingerprint(row.name, row.phash) for row in rows}


def shown_before(session: Session, one: Fingerprint, content_id: int | None) -> bool:
    """Whether another content, whoever's, has a picture like this one that was uploaded earlier.
    `content_id`: the content that it is for, None for one that isn't sent yet."""
    asked = {**one.columns, "most": MOST_DIFFERENT, "content_id": content_id, "name": one.name}
    return bool(session.scalar(_BEFORE, asked))
