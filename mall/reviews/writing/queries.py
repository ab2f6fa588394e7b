"""Reads of reviews for their writers and for staff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from mall.kernel.http.paging import Page, decode_cursor, id_in, page
from mall.orders.models import Order, OrderLine
from mall.reviews.writing.errors import ReviewNotFound
from mall.reviews.writing.models import Review, ReviewChance, ReviewTask
from mall.reviews.writing.names import DELETED
from mall.reviews.writing.showing import SHOWN, follow_ups_of, for_staff, for_writer
from mall.reviews.writing.terms import LOW_STARS
from mall.users.models import User


def chances(session: Session, user_id: int, cursor: str | None, limit: int) -> Page[Any]:
    """The lines that the shopper may still review, the last received first."""
    after = id_in(cursor)
    statement = (
        select(
            *(OrderLine.id, OrderLine.position, OrderLine.name, OrderLine.spec_text),
            *(OrderLine.image, OrderLine.sku_id, OrderLine.spu_id.label("product_id")),
            *(Order.order_no, ReviewChance.until),
        )
        .join_from(ReviewChance, OrderLine, OrderLine.id == ReviewChance.order_line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .outerjoin(Review, Review.order_line_id == OrderLine.id)
        .where(
            ReviewChance.user_id == user_id,
            ReviewChance.until > func.clock_timestamp(),
            Review.id.is_(None),
        )
    )
    if after is not None:
        statement = statement.where(ReviewChance.order_line_id < after)
    ordered = statement.order_by(ReviewChance.order_line_id.desc()).limit(limit + 1)
    return page(session.execute(ordered).all(), limit, lambda row: [row.id])


def own_reviews(
    session: Session, user_id: int, status: str | None, cursor: str | None, limit: int
) -> Page[dict[str, Any]]:
    """The shopper's reviews, newest first; deleted ones don't show."""
    after = id_in(cursor)
    statement = _base().where(Review.user_id == user_id, Review.status != DELETED)
    if status is not None:
        statement = statement.where(Review.status == status)
    if after is not None:
        statement = statement.where(Review.id < after)
    rows = session.execute(statement.order_by(Review.id.desc()).limit(limit + 1)).all()
    found = page(rows, limit, lambda row: [row.id])
    own = follow_ups_of(session, [row.id for row in found.items])
    return Page([for_writer(row, own.get(row.id)) for row in found.items], found.next_cursor)


def own_review(session: Session, user_id: int, review_id: int) -> dict[str, Any]:
    """One of them. Raises ReviewNotFound, for another's or a deleted one."""
    row = session.execute(
        _base().where(Review.id == review_id, Review.user_id == user_id, Review.status != DELETED)
    ).one_or_none()
    if row is None:
        raise ReviewNotFound
    return for_writer(row, follow_ups_of(session, [review_id]).get(review_id))


def _base() -> Select[Any]:
    return select(*SHOWN).join_from(Review, User, User.id == Review.user_id, isouter=True)


@dataclass(frozen=True)
class ReviewFilter:
    """What staff look for; each part narrows. `low`: one or two stars for the goods."""

    product_id: int | None = None
    user_id: int | None = None
    status: str | None = None
    origin: str | None = None
    low: bool | None = None


def reviews(
    session: Session, wanted: ReviewFilter, cursor: str | None, limit: int
) -> Page[dict[str, Any]]:
    """Reviews for staff, newest first."""
    after = id_in(cursor)
    statement = _filtered(_base(), wanted)
    if after is not None:
        statement = statement.where(Review.id < after)
    rows = session.execute(statement.order_by(Review.id.desc()).limit(limit + 1)).all()
    found = page(rows, limit, lambda row: [row.id])
    return Page(_with_tasks(session, found.items), found.next_cursor)


def _filtered(statement: Select[Any], wanted: ReviewFilter) -> Select[Any]:
    if wanted.product_id is not None:
        statement = statement.where(Review.spu_id == wanted.product_id)
    if wanted.user_id is not None:
        statement = statement.where(Review.user_id == wanted.user_id)
    if wanted.status is not None:
        statement = statement.where(Review.status == wanted.status)
    if wanted.origin is not None:
        statement = statement.where(Review.origin == wanted.origin)
    if wanted.low is not None:
        is_low = func.coalesce(Review.goods_stars <= LOW_STARS, False)
        statement = statement.where(is_low == wanted.low)
    return statement


def review(session: Session, review_id: int) -> dict[str, Any]:
    """One review for staff. Raises ReviewNotFound."""
    row = session.execute(_base().where(Review.id == review_id)).one_or_none()
    if row is None:
        raise ReviewNotFound
    return _with_tasks(session, [row])[0]


def _with_tasks(session: Session, rows: Sequence[Any]) -> list[dict[str, Any]]:
    ids = [row.id for row in rows]
    follow_ups = follow_ups_of(session, ids)
    found = session.execute(select(*ReviewTask.__table__.c).where(ReviewTask.review_id.in_(ids)))
    tasks = {task.review_id: task for task in found}
    return [for_staff(row, follow_ups.get(row.id), tasks.get(row.id)) for row in rows]


def open_tasks(
    session: Session, cursor: str | None, limit: int, *, overdue: bool = False
) -> Page[dict[str, Any]]:
    """Reviews that wait for an answer of staff, the most urgent first."""
    after = decode_cursor(cursor, (int, int))
    due_us = func.cast(func.extract("epoch", ReviewTask.due_at) * 1_000_000, Review.id.type)
    statement = (
        select(*SHOWN, due_us.label("due_us"))
        .join_from(ReviewTask, Review, Review.id == ReviewTask.review_id)
        .outerjoin(User, User.id == Review.user_id)
        .where(ReviewTask.done_at.is_(None))
    )
    if overdue:
        statement = statement.where(ReviewTask.due_at <= func.clock_timestamp())
    if after is not None:
        statement = statement.where(
            (due_us > after[0]) | ((due_us == after[0]) & (Review.id > after[1]))
        )
    ordered = statement.order_by(ReviewTask.due_at, Review.id).limit(limit + 1)
    rows = session.execute(ordered).all()
    found = page(rows, limit, lambda row: [row.due_us, row.id])
    return Page(_with_tasks(session, found.items), found.next_cursor)
