"""A review as cash for likes asks for it: read anew each time, without its stars."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.orders.kinds import earning_kinds
from mall.reviews.writing.names import APPROVED, DELETED, HIDDEN, REFUSED

_READ = text(
    """
    SELECT r.id, r.user_id, r.spu_id, r.status, cardinality(r.pictures) AS pictures, r.order_kind,
        r.origin = 'shopper' AS written, r.order_refunded, o.settled_at
    FROM reviews r LEFT JOIN orders o ON o.id = r.order_id
    WHERE r.id = :review_id
    """
)


def read(session: Session, review_id: int) -> Any | None:
    """The review as it stands now."""
    return session.execute(_READ, {"review_id": review_id}).one_or_none()


def stands(review: Any) -> bool:
    """Whether something may be given for it now."""
    return bool(
        review.written
        and review.status == APPROVED
        and not review.order_refunded
        and review.user_id is not None
        and review.order_kind in earning_kinds()
    )


def is_gone(review: Any) -> bool:
    """Whether what was promised or given for it goes back. One that is checked again isn't gone."""
    return bool(review.status in (HIDDEN, DELETED, REFUSED) or review.order_refunded)
