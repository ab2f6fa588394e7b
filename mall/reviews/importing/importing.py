"""Bringing the reviews of a sheet in, each once, as pending ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import insert, select, text, update
from sqlalchemy.orm import Session

from mall.catalog.models import Spu
from mall.kernel.db import db_now, transaction
from mall.kernel.sheets import Refusal
from mall.reviews.importing.models import ImportedReview
from mall.reviews.importing.sheet_rows import CODE, ImportedRow
from mall.reviews.moderation import contents
from mall.reviews.moderation.contents import Draft
from mall.reviews.writing.models import Review
from mall.reviews.writing.names import IMPORT, PENDING, REVIEW
from mall.reviews.writing.watching import added

BATCH = 200
# One import at a time: it looks which rows are known, then writes the others.
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('review import', 0))")


@dataclass
class ReviewImport:
    """What an import did, or with `dry_run` would do. `unknown` counts rows by product code."""

    added: int = 0
    unchanged: int = 0
    unknown: Counter[str] = field(default_factory=Counter)
    refusals: list[Refusal] = field(default_factory=list)


def import_reviews(
    rows: Sequence[ImportedRow],
    *,
    dry_run: bool = False,
    advance: Callable[[int], None] = lambda count: None,
) -> ReviewImport:
    """Bring reviews in as pending ones, a transaction for each `BATCH`; safe to stop and repeat.

    They have no stars and no writer: no average counts them and nothing is given for them. Each
    goes to moderation as a shopper's does. A row whose product the shop lacks is refused.
    `advance` is told of rows done.
    """
    result = ReviewImport()
    with transaction() as session:
        codes = {row.code for row in rows}
        found = session.execute(select(Spu.spu_code, Spu.id).where(Spu.spu_code.in_(codes)))
        known = {row.spu_code: row.id for row in found}
    for batch in _batches(rows):
        sound = [row for row in batch if row.code in known]
        for row in batch:
            if row.code not in known:
                result.unknown[row.code] += 1
                result.refusals.append(Refusal(row.line, CODE, f"no product {row.code}"))
        with transaction() as session:
            session.execute(_LOCK)
            fresh = _unknown(session, sound)
            if not dry_run:
                _write(session, fresh, known)
        result.added += len(fresh)
        result.unchanged += len(sound) - len(fresh)
        advance(len(batch))
    return result


def _batches(rows: Sequence[ImportedRow]) -> Iterator[Sequence[ImportedRow]]:
    return (rows[at : at + BATCH] for at in range(0, len(rows), BATCH))


def _unknown(session: Session, rows: Sequence[ImportedRow]) -> Sequence[ImportedRow]:
    keys = [row.key for row in rows]
    query = select(ImportedReview.key).where(ImportedReview.key.in_(keys))
    known = set(session.scalars(query))
    return [row for row in rows if row.key not in known]


def _write(session: Session, rows: Sequence[ImportedRow], spu_ids: dict[str, int]) -> None:
    if not rows:
        return
    now = db_now(session)
    ids = session.scalars(
        insert(Review).returning(Review.id, sort_by_parameter_order=True),
        [
            {
                "spu_id": spu_ids[row.code],
                "nickname": row.nickname,
                "text": row.text,
                "origin": IMPORT,
                "status": PENDING,
                "created_at": row.written_at or now,
            }
            for row in rows
        ],
    ).all()
    session.execute(
        insert(ImportedReview),
        [
            {"key": row.key, "review_id": review_id, "pictures": list(row.pictures)}
            for row, review_id in zip(rows, ids, strict=True)
        ],
    )
    session.execute(
        update(Review),
        [
            {
                "id": review_id,
                "content_id": contents.submit(session, Draft(REVIEW, review_id, None, row.text)),
            }
            for row, review_id in zip(rows, ids, strict=True)
        ],
    )
    added(session, ids)
