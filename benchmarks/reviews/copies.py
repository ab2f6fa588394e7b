"""Looking up a picture among a hundred thousand."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from random import Random
from statistics import median, quantiles

from sqlalchemy import insert, text

from benchmarks.report import Row, at_most
from benchmarks.stack import Stack
from mall.kernel.db import db, transaction
from mall.reviews.moderation.check_models import ContentPicture
from mall.reviews.moderation.same_pictures import Fingerprint, same_pictures

PICTURES = 100_000
LOOK_UPS = 300
MOST_MS = 5.0
_CONTENTS = text(
    """
    INSERT INTO moderated_contents (kind, ref, text, pictures, status)
    SELECT 'benchmark', n, '', '{}', 'approved' FROM generate_series(1, :count) n RETURNING id
    """
)


def measure(stack: Stack, rounds: int, _seconds: float) -> Iterator[Row]:
    """Half of the pictures that are looked for are there with one to three bits changed."""
    chance = Random(0)
    with stack.app.app_context():
        known = _fill(chance)
        found = _look_ups(chance, known)
        took: list[float] = []
        for _ in range(max(2, rounds)):
            took += [_timed(look) for look in found]
        db.session.remove()
    yield at_most(f"picture among {PICTURES:,}, median", median(took), "ms", MOST_MS)
    yield Row(f"picture among {PICTURES:,}, p99", quantiles(took, n=100)[98], "ms")


def _fill(chance: Random) -> list[int]:
    """Nine pictures a content, of random hashes; those hashes."""
    hashes = [chance.getrandbits(64) - 2**63 for _ in range(PICTURES)]
    with transaction() as session:
        ids = session.scalars(_CONTENTS, {"count": PICTURES // 9 + 1}).all()
        prints = [Fingerprint(f"{at}.jpg", one) for at, one in enumerate(hashes)]
        rows = [
            {"name": one.name, "content_id": ids[at // 9], **one.columns}
            for at, one in enumerate(prints)
        ]
        for start in range(0, PICTURES, 10_000):
            session.execute(insert(ContentPicture), rows[start : start + 10_000])
    with transaction() as session:
        session.execute(text("ANALYZE content_pictures, moderated_contents"))
    return hashes


def _look_ups(chance: Random, known: list[int]) -> list[Callable[[], None]]:
    return [_look_up(chance, known, is_copy=at % 2 == 0) for at in range(LOOK_UPS)]


def _look_up(chance: Random, known: list[int], *, is_copy: bool) -> Callable[[], None]:
    bits = chance.choice(known) % 2**64 if is_copy else chance.getrandbits(64)
    for place in chance.sample(range(64), chance.randint(1, 3)):
        bits ^= 1 << place
    one = Fingerprint("wanted.jpg", bits - 2**64 if bits >= 2**63 else bits)

    def look() -> None:
        alike = same_pictures(db.session(), 0, 0, one)
        if bool(alike) != is_copy:
            raise RuntimeError(f"found {alike}, though it is {'' if is_copy else 'not '}there")

    return look


def _timed(look: Callable[[], None]) -> float:
    began = time.perf_counter()
    look()
    taken = (time.perf_counter() - began) * 1000
    db.session.rollback()
    return taken
