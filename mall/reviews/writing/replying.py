"""The shop's reply to a review, and what tells its writer of it."""

from __future__ import annotations

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.messages.kinds import Content, Kind, Purpose
from mall.messages.sending import send_soon
from mall.orders.models import OrderLine
from mall.reviews.writing.errors import ReviewNotAnswerable
from mall.reviews.writing.models import Review
from mall.reviews.writing.names import APPROVED, PENDING, SHOPPER
from mall.reviews.writing.settings import REPLY_TEMPLATE
from mall.reviews.writing.tasks import end_task
from mall.reviews.writing.watching import lock_review
from mall.staff.audit import record


def reply(staff_id: int, review_id: int, text: str) -> None:
    """Answer a review that is shown or waits, or change the answer; closes its task. Its writer is
    told of the first one. Raises ReviewNotFound, ReviewNotAnswerable."""
    with transaction() as session:
        row = lock_review(session, review_id)
        if row.status not in (APPROVED, PENDING) or row.origin != SHOPPER:
            raise ReviewNotAnswerable
        session.execute(
            update(Review)
            .where(Review.id == review_id)
            .values(
                reply=text,
                replied_by=staff_id,
                replied_at=func.coalesce(Review.replied_at, func.clock_timestamp()),
            )
        )
        end_task(session, review_id, staff_id)
        record(
            session,
            action="review.reply",
            target_type="review",
            target_id=review_id,
            before={"reply": row.reply},
            after={"reply": text},
        )
        if row.user_id is not None:
            send_soon(session, REVIEW_REPLIED.name, str(review_id), row.user_id)


def _write(session: Session, ref: str, _user_id: int) -> Content | None:
    """Nothing when the review was deleted meanwhile."""
    row = session.execute(
        select(Review.reply, OrderLine.name)
        .join(OrderLine, OrderLine.id == Review.order_line_id)
        .where(Review.id == int(ref), Review.status.in_((APPROVED, PENDING)))
    ).one_or_none()
    if row is None or row.reply is None:
        return None
    values = {"goods": row.name, "reply": row.reply}
    body = f"商家回复了您对“{row.name}”的评价：{row.reply}"
    return Content(values, "商家回复了您的评价", body, {"review_id": ref})


REVIEW_REPLIED = Kind("review_replied", Purpose.SERVICE, REPLY_TEMPLATE, _write, priority=30)
