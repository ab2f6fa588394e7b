"""The follow-up of a review (追评): once, edited until it is decided on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.kernel.db import db_now, transaction
from mall.reviews.moderation import contents
from mall.reviews.moderation.contents import Draft
from mall.reviews.writing.errors import (
    FollowUpNotPossible,
    FollowUpTooLate,
    ReviewNotEditable,
)
from mall.reviews.writing.models import ReviewFollowUp
from mall.reviews.writing.names import (
    APPROVED,
    FOLLOW_UP,
    PENDING,
    REFUSED,
    SHOPPER,
    follow_up_attached_to,
)
from mall.reviews.writing.owning import must_own, swap_uploads
from mall.reviews.writing.settings import FOLLOW_UP_DAYS
from mall.reviews.writing.watching import changing
from mall.users.queries import hold_open_account


def write_follow_up(user_id: int, review_id: int, text: str, pictures: list[str]) -> None:
    """Add to an own approved review, once, within `reviews.follow_up_days` of writing it; or
    replace what waits or was refused of it. It is checked as a review is.

    Raises ReviewNotFound, FollowUpNotPossible, FollowUpTooLate, ReviewNotEditable once the
    follow-up was decided on, UploadNotFound, AccountClosed.
    """
    with transaction() as session:
        hold_open_account(session, user_id)
        must_own(session, user_id, review_id)
        contents.lock_content(session, FOLLOW_UP, review_id)
        with changing(session, review_id) as row:
            _refuse(session, row)
            known = _lock_known(session, review_id)
            if known is None and row.created_at + _window() <= db_now(session):
                raise FollowUpTooLate
            before = known.pictures if known else []
            swap_uploads(session, user_id, follow_up_attached_to(review_id), before, pictures)
            _put(session, review_id, text, pictures)
        draft = Draft(FOLLOW_UP, review_id, user_id, text, tuple(pictures))
        content_id = contents.submit(session, draft)
        session.execute(
            update(ReviewFollowUp)
            .where(ReviewFollowUp.review_id == review_id)
            .values(content_id=content_id)
        )


def _window() -> timedelta:
    return timedelta(days=FOLLOW_UP_DAYS.get())


def _refuse(session: Session, row: Any) -> None:
    if row.origin != SHOPPER or row.status != APPROVED:
        raise FollowUpNotPossible


def _lock_known(session: Session, review_id: int) -> Any:
    """The follow-up that is there, if it may be replaced. The review's lock holds it."""
    known = session.execute(
        select(ReviewFollowUp.status, ReviewFollowUp.pictures).where(
            ReviewFollowUp.review_id == review_id
        )
    ).one_or_none()
    if known is not None and known.status not in (PENDING, REFUSED):
        raise ReviewNotEditable
    return known


def _put(session: Session, review_id: int, text: str, pictures: list[str]) -> None:
    values = {"text": text, "pictures": pictures, "status": PENDING, "reason": None}
    session.execute(
        insert(ReviewFollowUp)
        .values(review_id=review_id, **values)
        .on_conflict_do_update(
            index_elements=["review_id"], set_={**values, "changed_at": func.clock_timestamp()}
        )
    )
