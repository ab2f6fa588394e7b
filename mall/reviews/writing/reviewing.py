"""Writing a review of an order line."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.failpoints import around_commit
from mall.orders.errors import OrderNotFound
from mall.reviews.moderation import contents
from mall.reviews.moderation.contents import Draft
from mall.reviews.writing.errors import (
    ReviewExists,
    ReviewLineIsGift,
    ReviewLineRefunded,
    ReviewTagUnknown,
    ReviewTooEarly,
    ReviewTooLate,
)
from mall.reviews.writing.models import Review, ReviewChance
from mall.reviews.writing.names import PENDING, REVIEW, SHOPPER, attached_to
from mall.reviews.writing.settings import WINDOW_DAYS, offered_tags
from mall.reviews.writing.tasks import open_task
from mall.reviews.writing.terms import Terms
from mall.reviews.writing.watching import added
from mall.uploads.commands import Owner, attach
from mall.users.queries import hold_open_account

_LINE = text(
    """
    SELECT l.id, l.order_id, l.spu_id, l.sku_id, l.spec_text, o.kind, o.status, o.completed_at,
           l.gift IS NOT NULL AS is_gift, l.refunded_quantity >= l.quantity AS is_refunded,
           c.until, r.id AS review_id, clock_timestamp() AS now
    FROM orders o JOIN order_lines l ON l.order_id = o.id
    LEFT JOIN review_chances c ON c.order_line_id = l.id
    LEFT JOIN reviews r ON r.order_line_id = l.id
    WHERE o.order_no = :order_no AND o.user_id = :user_id AND l.position = :position
    """
)


def write_review(user_id: int, order_no: str, position: int, terms: Terms) -> int:
    """Review a received line of an own order, once; the review's id. Others see it once approved.

    Raises OrderNotFound (for another's, too), ReviewExists, ReviewTooEarly before the receipt,
    ReviewTooLate after `reviews.window_days`, ReviewLineRefunded, ReviewLineIsGift,
    ReviewTagUnknown, UploadNotFound for a picture that isn't the shopper's own and unused,
    AccountClosed.
    """
    check_tags(terms)
    with transaction() as session:
        around_commit(session, "reviews.before_write_commit", "reviews.after_write_commit")
        hold_open_account(session, user_id)
        line = _line(session, user_id, order_no, position)
        review_id = _insert(session, user_id, line, terms)
        attach(session, Owner(user_id=user_id), terms.uploads, attached_to(review_id))
        session.execute(delete(ReviewChance).where(ReviewChance.order_line_id == line.id))
        if terms.is_low:
            open_task(session, review_id)
        send_to_moderation(session, review_id, user_id, terms)
        added(session, [review_id])
        return review_id


def check_tags(terms: Terms) -> None:
    """Raises ReviewTagUnknown for a tag that the shop doesn't offer."""
    if not set(terms.tags) <= set(offered_tags()):
        raise ReviewTagUnknown(param="tags")


def _line(session: Session, user_id: int, order_no: str, position: int) -> Any:
    line = session.execute(
        _LINE, {"order_no": order_no, "user_id": user_id, "position": position}
    ).one_or_none()
    if line is None:
        raise OrderNotFound
    if line.review_id is not None:
        raise ReviewExists
    if line.is_gift:
        raise ReviewLineIsGift
    if line.is_refunded:
        raise ReviewLineRefunded
    if line.status != "completed":
        raise ReviewTooEarly
    if _until(line) <= line.now:
        raise ReviewTooLate
    return line


def _until(line: Any) -> datetime:
    """Until when the line may be reviewed. Right after the receipt its row may still come."""
    until: datetime = line.until or line.completed_at + timedelta(days=WINDOW_DAYS.get())
    return until


def _insert(session: Session, user_id: int, line: Any, terms: Terms) -> int:
    values = {
        "order_line_id": line.id,
        "order_id": line.order_id,
        "order_kind": line.kind,
        "user_id": user_id,
        "spu_id": line.spu_id,
        "sku_id": line.sku_id,
        "sku_spec": line.spec_text,
        "origin": SHOPPER,
        "status": PENDING,
        **columns_of(terms),
    }
    # uq_reviews_order_line_id decides who of several was first.
    statement = insert(Review).values(**values).on_conflict_do_nothing().returning(Review.id)
    review_id = session.scalar(statement)
    if review_id is None:
        raise ReviewExists
    return review_id


def columns_of(terms: Terms) -> dict[str, Any]:
    """What the writer decides, as columns."""
    return {
        "goods_stars": terms.goods_stars,
        "logistics_stars": terms.logistics_stars,
        "service_stars": terms.service_stars,
        "text": terms.text,
        "pictures": list(terms.pictures),
        "video": terms.video,
        "anonymous": terms.anonymous,
        "tags": list(terms.tags),
    }


def send_to_moderation(session: Session, review_id: int, user_id: int, terms: Terms) -> None:
    """Have it checked, and keep under which id."""
    draft = Draft(REVIEW, review_id, user_id, terms.text, terms.pictures, terms.video)
    content_id = contents.submit(session, draft)
    session.execute(update(Review).where(Review.id == review_id).values(content_id=content_id))
