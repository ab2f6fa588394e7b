"""A review as its rewards see it: read anew each time, without its stars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.reviews.moderation.same_pictures import Fingerprint
from mall.reviews.rewarding.measuring import Measure, measure
from mall.reviews.rewarding.originals import others_of
from mall.reviews.rewarding.pictures import count_pictures
from mall.reviews.rewarding.terms import Facts

APPROVED = "approved"
GONE = ("refused", "hidden", "deleted")
_READ = text(
    """
    SELECT r.id, r.order_line_id, r.user_id, r.sku_id, r.text, r.pictures, r.video, r.status,
        r.origin = 'shopper' AS written, r.order_refunded, r.featured, o.settled_at
    FROM reviews r LEFT JOIN orders o ON o.id = r.order_id
    WHERE r.id = :review_id
    """
)
_TAKEN = text(
    """
    SELECT EXISTS (
        SELECT FROM review_reward_grants
        WHERE sku_id = :sku_id AND review_id IS DISTINCT FROM CAST(:review_id AS bigint)
    )
    """
)


@dataclass(frozen=True, slots=True)
class Written:
    """A review. `user_id` is None for an imported one and when its writer closed the account;
    `written`: by a shopper, for an order line; neither by the clock nor imported. `settled_at`:
    since when nothing of its order can come back."""

    id: int
    order_line_id: int | None
    user_id: int | None
    sku_id: int | None
    text: str
    pictures: Sequence[str]
    video: str | None
    status: str
    written: bool
    order_refunded: bool
    featured: bool
    settled_at: datetime | None

    @property
    def stands(self) -> bool:
        """Whether something may be given for it."""
        return (
            self.written
            and self.user_id is not None
            and self.status == APPROVED
            and not self.order_refunded
        )

    @property
    def is_gone(self) -> bool:
        """Whether what was given for it goes back. One that is looked at again isn't gone."""
        return self.status in GONE or self.order_refunded


def read(session: Session, review_id: int) -> Written | None:
    """The review as it stands now."""
    row = session.execute(_READ, {"review_id": review_id}).one_or_none()
    return None if row is None else Written(**row._mapping)


def facts_of(session: Session, review: Written, prints: Sequence[Fingerprint]) -> Facts:
    """What of a review rewards ask for. `prints` are of its pictures when they were read; one that
    it hasn't any more doesn't count."""
    kept = [one for one in prints if one.name in review.pictures]
    return Facts(
        characters=measured(session, review.text, review.id).characters,
        pictures=count_pictures(session, kept, review.id),
        video=review.video is not None,
        featured=review.featured,
        first=is_first(session, review.sku_id, review.id),
    )


def measured(session: Session, written: str, review_id: int | None) -> Measure:
    """How much a text says that no review said before it."""
    return measure(written, others_of(session, written, review_id))


def is_first(session: Session, sku_id: int | None, review_id: int | None) -> bool:
    """Whether no other review has the reward of the first of a SKU."""
    return not session.scalar(_TAKEN, {"sku_id": sku_id, "review_id": review_id})
