"""What orders mean for reviews: received lines may be reviewed, refunded ones can't be any more."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text, update
from sqlalchemy.orm import Session

from mall.orders.events import OrderCompleted
from mall.reviews.writing.models import Review
from mall.reviews.writing.settings import WINDOW_DAYS
from mall.reviews.writing.watching import changing

_OFFER = text(
    """
    INSERT INTO review_chances (order_line_id, user_id, until)
    SELECT l.id, o.user_id,
           greatest(o.completed_at + make_interval(days => :days), clock_timestamp())
    FROM orders o JOIN order_lines l ON l.order_id = o.id
    JOIN users u ON u.id = o.user_id AND u.closed_at IS NULL
    WHERE o.order_no = :order_no AND o.status = 'completed' AND l.gift IS NULL
      AND l.refunded_quantity < l.quantity
      AND NOT EXISTS (SELECT FROM reviews r WHERE r.order_line_id = l.id)
    ORDER BY l.id ON CONFLICT DO NOTHING
    """
)
_TAKE_BACK = text(
    """
    DELETE FROM review_chances c USING orders o, order_lines l
    WHERE o.order_no = :order_no AND l.order_id = o.id AND c.order_line_id = l.id
      AND l.refunded_quantity >= l.quantity
    """
)
_REFUNDED = text(
    """
    SELECT r.id, r.order_refunded, l.refunded_quantity >= l.quantity AS refunded
    FROM orders o JOIN reviews r ON r.order_id = o.id JOIN order_lines l ON l.id = r.order_line_id
    WHERE o.order_no = :order_no ORDER BY r.id
    """
)


def offer_review(session: Session, event: OrderCompleted) -> None:
    """The lines of a received order may be reviewed. When the event comes after the time to write
    is over, they are due at once."""
    session.execute(_OFFER, {"order_no": event.order_no, "days": WINDOW_DAYS.get()})


def follow_refund(session: Session, event: Any) -> None:
    """Mark reviews of lines of which no unit was kept; nobody reviews such a line any more."""
    session.execute(_TAKE_BACK, {"order_no": event.order_no})
    for row in session.execute(_REFUNDED, {"order_no": event.order_no}).all():
        if row.refunded != row.order_refunded:
            _mark(session, row.id, refunded=row.refunded)


def _mark(session: Session, review_id: int, *, refunded: bool) -> None:
    with changing(session, review_id):
        session.execute(
            update(Review).where(Review.id == review_id).values(order_refunded=refunded)
        )
