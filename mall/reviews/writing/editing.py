"""Editing a review until it is decided on, and deleting it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.failpoints import around_commit
from mall.reviews.moderation.contents import lock_content, withdraw
from mall.reviews.writing.errors import ReviewNotEditable
from mall.reviews.writing.following import erase_review
from mall.reviews.writing.models import Review
from mall.reviews.writing.names import (
    DELETED,
    FOLLOW_UP,
    PENDING,
    REFUSED,
    REVIEW,
    SHOPPER,
    attached_to,
)
from mall.reviews.writing.owning import must_own, swap_uploads
from mall.reviews.writing.reviewing import check_tags, columns_of, send_to_moderation
from mall.reviews.writing.tasks import end_task, open_task
from mall.reviews.writing.terms import Terms, uploads_of
from mall.reviews.writing.watching import changing, lock_review
from mall.users.queries import hold_open_account


def edit_review(user_id: int, review_id: int, terms: Terms) -> None:
    """Replace an own review that waits or was refused; it is checked anew.

    Uploads that it doesn't name any more go. Raises ReviewNotFound, ReviewNotEditable once it was
    approved or hidden, ReviewTagUnknown, UploadNotFound, AccountClosed.
    """
    check_tags(terms)
    with transaction() as session:
        hold_open_account(session, user_id)
        must_own(session, user_id, review_id)
        lock_content(session, REVIEW, review_id)
        with changing(session, review_id) as row:
            _refuse_edit(row)
            known = uploads_of(row.pictures, row.video)
            swap_uploads(session, user_id, attached_to(review_id), known, terms.uploads)
            session.execute(
                update(Review)
                .where(Review.id == review_id)
                .values(status=PENDING, reason=None, **columns_of(terms))
            )
            if terms.is_low:
                open_task(session, review_id)
            else:
                end_task(session, review_id)
        send_to_moderation(session, review_id, user_id, terms)


def _refuse_edit(row: Any) -> None:
    if row.origin != SHOPPER or row.status not in (PENDING, REFUSED):
        raise ReviewNotEditable


def delete_review(user_id: int, review_id: int) -> None:
    """Delete an own review with its follow-up: nobody reads it again, its pictures go, and its
    line isn't reviewed again. Doing it twice changes nothing. Raises ReviewNotFound."""
    with transaction() as session:
        around_commit(session, "reviews.before_delete_commit", "reviews.after_delete_commit")
        must_own(session, user_id, review_id)
        withdraw_review(session, review_id)


def withdraw_review(session: Session, review_id: int) -> None:
    """Delete a review in the open transaction."""
    known = [kind for kind in (REVIEW, FOLLOW_UP) if lock_content(session, kind, review_id)]
    if lock_review(session, review_id).status == DELETED:
        return
    with changing(session, review_id) as row:
        erase_review(session, row)
    for kind in known:
        withdraw(session, kind, review_id)
