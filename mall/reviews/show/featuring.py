"""Staff feature a review, or end that; the review's own changes end it, too.

Lock order: the writer's account, column, review, entry, coupon template or coupon.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.catalog.models import Spu
from mall.catalog.queries import with_those_below
from mall.coupons import claiming
from mall.coupons.models import REWARD
from mall.kernel.db import transaction
from mall.messages.sending import send_soon
from mall.reviews.show.errors import ReviewUnfit, ShowColumnNotFound, ShowEntryNotFound
from mall.reviews.show.featured_message import FEATURED
from mall.reviews.show.heat import heat_of
from mall.reviews.show.models import ShowColumn, ShowEntry
from mall.reviews.writing.events import ReviewChanged
from mall.reviews.writing.models import Review
from mall.reviews.writing.names import APPROVED, DELETED, HIDDEN, REFUSED
from mall.reviews.writing.watching import changing
from mall.staff.audit import record
from mall.users.queries import hold_open_account

STAFF, REFUNDED, NO_PICTURES = "staff", "refunded", "no_pictures"
"""Why an entry ended, besides the statuses of its review."""


def feature_review(staff_id: int, review_id: int, column_id: int) -> int:
    """Show a review in a column; the entry's id. In that column already, nothing changes; in
    another, it moves without losing its likes.

    Its writer gets the column's coupon, once for the review however often this is done. Raises
    ReviewNotFound, ReviewUnfit, ShowColumnNotFound, AccountClosed; TemplateNotFound,
    ClaimNotOpen, AllClaimed when the column's coupon can't be given.
    """
    with transaction() as session:
        _hold_writer(session, review_id)
        column = _column(session, column_id)
        with changing(session, review_id) as review:
            _check_fit(session, review, column)
            entry = _entry(session, review_id)
            entry_id = _put(session, staff_id, review_id, column_id)
            _set_featured(session, review_id, featured=True)
            if entry is None or entry.coupon_id is None:
                _give_coupon(session, entry_id, review.user_id, column.coupon_template_id)
        if entry is None and review.user_id is not None:
            send_soon(session, FEATURED.name, str(entry_id), review.user_id)
        _record(session, "feature", entry_id, review_id=review_id, column_id=column_id)
    return entry_id


def end_entry(review_id: int) -> None:
    """Staff take a review out of the show; again does nothing. Its coupon goes if no order has it.

    Raises ReviewNotFound, ShowEntryNotFound.
    """
    with transaction() as session:
        with changing(session, review_id):
            entry = _entry(session, review_id)
            if entry is None:
                raise ShowEntryNotFound
            if not _end(session, entry, STAFF):
                return
        _record(session, "end", entry.id, review_id=review_id)


def follow_review(session: Session, event: ReviewChanged) -> None:
    """Hidden, deleted, refused, refunded, or without its pictures since its writer closed the
    account, a review leaves the show. Between the change and this event it is in no list."""
    featured = select(ShowEntry.id).where(
        ShowEntry.review_id == event.review_id, ShowEntry.ended_at.is_(None)
    )
    if session.scalar(featured) is None:
        return
    found = session.execute(
        select(Review.status, Review.order_refunded, Review.pictures).where(
            Review.id == event.review_id
        )
    ).one()
    if _why_over(found) is None:
        return
    with changing(session, event.review_id) as review:
        entry, why = _entry(session, event.review_id), _why_over(review)
        if entry is not None and why is not None:
            _end(session, entry, why)


def _why_over(review: Any) -> str | None:
    if review.status in (HIDDEN, DELETED, REFUSED):
        return str(review.status)
    if review.order_refunded:
        return REFUNDED
    return None if review.pictures else NO_PICTURES


def _check_fit(session: Session, review: Any, column: ShowColumn) -> None:
    if review.status != APPROVED or not review.pictures or review.order_refunded:
        raise ReviewUnfit
    if column.category_id is not None:
        category_id = session.scalar(select(Spu.category_id).where(Spu.id == review.spu_id))
        taken = with_those_below(session, [column.category_id]).get(column.category_id, frozenset())
        if category_id not in taken:
            raise ReviewUnfit


def _hold_writer(session: Session, review_id: int) -> None:
    """An imported review has no writer, nor has one whose writer's account was erased."""
    user_id = session.scalar(select(Review.user_id).where(Review.id == review_id))
    if user_id is not None:
        hold_open_account(session, user_id)


def _column(session: Session, column_id: int) -> ShowColumn:
    found = session.scalars(
        select(ShowColumn)
        .where(ShowColumn.id == column_id)
        .with_for_update(read=True, key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None or not found.enabled:
        raise ShowColumnNotFound
    return found


def _entry(session: Session, review_id: int) -> Any:
    columns = (ShowEntry.id, ShowEntry.review_id, ShowEntry.coupon_id, ShowEntry.ended_at)
    query = select(*columns).where(ShowEntry.review_id == review_id)
    return session.execute(query.with_for_update(key_share=True)).one_or_none()


def _put(session: Session, staff_id: int, review_id: int, column_id: int) -> int:
    """The review's lock orders those who feature it. Fresh again only when it had ended."""
    session.execute(
        insert(ShowEntry)
        .values(
            review_id=review_id,
            column_id=column_id,
            featured_by=staff_id,
            featured_at=func.now(),
            heat=heat_of(literal(0), func.now()),
        )
        .on_conflict_do_nothing(index_elements=["review_id"])
    )
    session.execute(
        update(ShowEntry)
        .where(ShowEntry.review_id == review_id, ShowEntry.ended_at.is_not(None))
        .values(
            ended_at=None,
            ended_why=None,
            featured_by=staff_id,
            featured_at=func.now(),
            heat=heat_of(ShowEntry.likes, func.now()),
        )
    )
    entry_id: int = session.execute(
        update(ShowEntry)
        .where(ShowEntry.review_id == review_id)
        .values(column_id=column_id)
        .returning(ShowEntry.id)
    ).scalar_one()
    return entry_id


def _give_coupon(
    session: Session, entry_id: int, user_id: int | None, template_id: int | None
) -> None:
    """Nobody to give to: an imported review, or one whose writer has closed the account."""
    if user_id is None or template_id is None:
        return
    coupon_id = claiming.issue(session, user_id, template_id, REWARD)
    session.execute(update(ShowEntry).where(ShowEntry.id == entry_id).values(coupon_id=coupon_id))


def _end(session: Session, entry: Any, why: str) -> bool:
    """End a locked entry; False when it had ended."""
    if entry.ended_at is not None:
        return False
    session.execute(
        update(ShowEntry)
        .where(ShowEntry.id == entry.id)
        .values(ended_at=func.clock_timestamp(), ended_why=why)
    )
    _set_featured(session, entry.review_id, featured=False)
    if entry.coupon_id is not None:
        for coupon_id in claiming.revocable(session, [entry.coupon_id]):
            claiming.revoke(session, coupon_id)
    return True


def _set_featured(session: Session, review_id: int, *, featured: bool) -> None:
    session.execute(
        update(Review).where(Review.id == review_id).values(featured=featured),
        execution_options={"synchronize_session": False},
    )


def _record(session: Session, verb: str, entry_id: int, **after: int) -> None:
    record(
        session,
        action=f"show_entry.{verb}",
        target_type="show_entry",
        target_id=entry_id,
        after=after,
    )
