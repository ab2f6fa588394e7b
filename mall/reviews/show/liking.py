"""Shoppers like and collect entries of the show, each shopper once.

The unique row decides who is counted; the count moves in the same transaction by an increment.
Lock order: account, entry's review (read only), like, entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import InstrumentedAttribute, Session

from mall.kernel.db import transaction
from mall.reviews.show.errors import OwnShow, ShowEntryNotFound
from mall.reviews.show.heat import heat_of
from mall.reviews.show.models import ShowCollect, ShowEntry, ShowLike
from mall.reviews.writing.models import Review
from mall.reviews.writing.names import APPROVED
from mall.users.queries import hold_open_account

Mark = type[ShowLike] | type[ShowCollect]
_COUNTS: Mapping[Mark, InstrumentedAttribute[int]] = {
    ShowLike: ShowEntry.likes,
    ShowCollect: ShowEntry.collects,
}


def like(user_id: int, entry_id: int) -> int:
    """Like an entry; its likes. Again changes nothing.

    Raises ShowEntryNotFound for one that isn't shown, OwnShow, AccountClosed.
    """
    return _mark(ShowLike, user_id, entry_id)


def unlike(user_id: int, entry_id: int) -> int:
    """Take the like back; the entry's likes. Again changes nothing. Raises ShowEntryNotFound."""
    return _unmark(ShowLike, user_id, entry_id)


def collect(user_id: int, entry_id: int) -> int:
    """Keep an entry in the shopper's collection; how many did. Again changes nothing.

    Raises ShowEntryNotFound for one that isn't shown, AccountClosed.
    """
    return _mark(ShowCollect, user_id, entry_id)


def uncollect(user_id: int, entry_id: int) -> int:
    """Out of the collection; how many keep the entry. Raises ShowEntryNotFound."""
    return _unmark(ShowCollect, user_id, entry_id)


def _mark(mark: Mark, user_id: int, entry_id: int) -> int:
    with transaction() as session:
        hold_open_account(session, user_id)
        writer_id = _shown(session, entry_id)
        if mark is ShowLike and writer_id == user_id:
            raise OwnShow
        new = session.scalar(
            insert(mark)
            .values(entry_id=entry_id, user_id=user_id)
            .on_conflict_do_nothing(index_elements=["entry_id", "user_id"])
            .returning(mark.id)
        )
        return _count(session, mark, entry_id, 0 if new is None else 1)


def _unmark(mark: Mark, user_id: int, entry_id: int) -> int:
    with transaction() as session:
        gone = session.scalar(
            delete(mark)
            .where(mark.entry_id == entry_id, mark.user_id == user_id)
            .returning(mark.id)
        )
        return _count(session, mark, entry_id, 0 if gone is None else -1)


def _shown(session: Session, entry_id: int) -> int | None:
    row: Any = session.execute(
        select(Review.user_id)
        .join(ShowEntry, ShowEntry.review_id == Review.id)
        .where(ShowEntry.id == entry_id, ShowEntry.ended_at.is_(None), Review.status == APPROVED)
    ).one_or_none()
    if row is None:
        raise ShowEntryNotFound
    writer_id: int | None = row.user_id
    return writer_id


def _count(session: Session, mark: Mark, entry_id: int, change: int) -> int:
    counter = _COUNTS[mark]
    if change == 0:
        known = session.scalar(select(counter).where(ShowEntry.id == entry_id))
        if known is None:
            raise ShowEntryNotFound
        return known
    values: dict[Any, Any] = {counter: counter + change}
    if mark is ShowLike:
        values[ShowEntry.heat] = heat_of(ShowEntry.likes + change, ShowEntry.featured_at)
    counted: int = session.execute(
        update(ShowEntry).where(ShowEntry.id == entry_id).values(values).returning(counter),
        execution_options={"synchronize_session": False},
    ).scalar_one()
    return counted
