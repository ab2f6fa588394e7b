"""Lists of the buyer show."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from mall.kernel.errors import ValidationFailed
from mall.kernel.http.paging import Page, decode_cursor, encode_cursor
from mall.reviews.show.errors import ShowColumnNotFound, ShowEntryNotFound
from mall.reviews.show.models import ShowCollect, ShowColumn, ShowEntry, ShowLike
from mall.reviews.writing.models import Review
from mall.reviews.writing.names import APPROVED
from mall.reviews.writing.showing import follow_ups_of, for_everybody, rows_of

HOT, NEWEST = "hot", "newest"
SORTS = (HOT, NEWEST)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_ENTRY = (
    ShowEntry.id,
    ShowEntry.review_id,
    ShowEntry.column_id,
    ShowEntry.likes,
    ShowEntry.collects,
    ShowEntry.heat,
    ShowEntry.featured_at,
)


def column_entries(
    session: Session, column_id: int, sort: str | None, cursor: str | None, limit: int
) -> Page[dict[str, Any]]:
    """A page of a column, by `sort` or as the column opens. An entry that is liked while somebody
    reads may be met twice. Raises ShowColumnNotFound."""
    opens_by = session.scalar(
        select(ShowColumn.sort).where(ShowColumn.id == column_id, ShowColumn.enabled)
    )
    if opens_by is None:
        raise ShowColumnNotFound
    found = _listed(session, column_id, sort or opens_by, cursor, limit + 1)
    more = None
    if len(found) > limit:
        more = _cursor(found[limit - 1], sort or opens_by)
    return Page(_shown(session, found[:limit]), more)


def entry_of(session: Session, entry_id: int) -> dict[str, Any]:
    """One entry that is shown. Raises ShowEntryNotFound."""
    query = select(*_ENTRY).where(ShowEntry.id == entry_id, ShowEntry.ended_at.is_(None))
    items = _shown(session, session.execute(query).all())
    if not items:
        raise ShowEntryNotFound
    return items[0]


def collected(
    session: Session, user_id: int, cursor: str | None, limit: int
) -> Page[dict[str, Any]]:
    """What a shopper collected and is still shown, the latest first."""
    (last,) = decode_cursor(cursor, (int,)) or (None,)
    query = (
        select(*_ENTRY, ShowCollect.id.label("kept"), ShowEntry.ended_at)
        .join(ShowCollect, ShowCollect.entry_id == ShowEntry.id)
        .where(ShowCollect.user_id == user_id)
        .order_by(ShowCollect.id.desc())
        .limit(limit + 1)
    )
    if last is not None:
        query = query.where(ShowCollect.id < last)
    found = session.execute(query).all()
    more = encode_cursor([found[limit - 1].kept]) if len(found) > limit else None
    return Page(_shown(session, [one for one in found[:limit] if one.ended_at is None]), more)


def marks_of(session: Session, user_id: int, entry_ids: Collection[int]) -> list[dict[str, Any]]:
    """Which of these entries the shopper likes, and which they collected."""
    liked, kept = (
        frozenset(
            session.scalars(
                select(mark.entry_id).where(mark.user_id == user_id, mark.entry_id.in_(entry_ids))
            )
        )
        for mark in (ShowLike, ShowCollect)
    )
    return [{"id": one, "liked": one in liked, "collected": one in kept} for one in entry_ids]


def _listed(
    session: Session, column_id: int, sort: str, cursor: str | None, count: int
) -> Sequence[Any]:
    """Entries by an index, from a point on. One whose review is being edited is left out."""
    key = ShowEntry.heat if sort == HOT else ShowEntry.featured_at
    query = (
        select(*_ENTRY)
        .join(Review, Review.id == ShowEntry.review_id)
        .where(ShowEntry.column_id == column_id, ShowEntry.ended_at.is_(None))
        .where(Review.status == APPROVED)
        .order_by(key.desc(), ShowEntry.id.desc())
        .limit(count)
    )
    after = _after(cursor, sort)
    if after is not None:
        query = query.where(tuple_(key, ShowEntry.id) < tuple_(*after))
    return session.execute(query).all()


def _cursor(row: Any, sort: str) -> str:
    """A moment travels as whole microseconds since 1970, so that no digit is lost."""
    if sort == HOT:
        return encode_cursor([row.heat, row.id])
    return encode_cursor([(row.featured_at - _EPOCH) // _MICROSECOND, row.id])


def _after(cursor: str | None, sort: str) -> tuple[Any, int] | None:
    values = decode_cursor(cursor, (float if sort == HOT else int, int))
    if values is None:
        return None
    key, last = values
    return (key if sort == HOT else _moment(key)), last


def _moment(microseconds: int) -> datetime:
    try:
        return _EPOCH + microseconds * _MICROSECOND
    except OverflowError:
        raise ValidationFailed("翻页参数无效", param="cursor") from None


def _shown(session: Session, entries: Sequence[Any]) -> list[dict[str, Any]]:
    ids = [one.review_id for one in entries]
    rows, follow_ups = rows_of(session, ids), follow_ups_of(session, ids)
    return [
        {
            "id": one.id,
            "column_id": one.column_id,
            "likes": one.likes,
            "collects": one.collects,
            "featured_at": one.featured_at,
            "review": for_everybody(rows[one.review_id], follow_ups.get(one.review_id)),
        }
        for one in entries
        if one.review_id in rows and rows[one.review_id].status == APPROVED
    ]
