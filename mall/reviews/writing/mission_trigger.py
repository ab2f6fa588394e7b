"""The mission about reviews: what counts is that one was approved, whatever its stars."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.compliance.campaigns import REVIEWED
from mall.missions.board.filters import GOODS
from mall.missions.board.order_triggers import category_ids
from mall.missions.board.triggers import Fact, Goods, Measure, Trigger, once
from mall.reviews.writing.events import ReviewChanged

_READ = text(
    """
    SELECT r.id, r.sku_id, r.spu_id, s.brand_id, c.path,
           coalesce(r.approved_at, r.created_at) AS at,
           r.status = 'approved' AND NOT r.order_refunded AS stands
    FROM reviews r LEFT JOIN spus s ON s.id = r.spu_id
    LEFT JOIN categories c ON c.id = s.category_id
    WHERE r.id = :review_id AND r.origin = 'shopper'
    """
)


def _writer(_session: Session, event: ReviewChanged) -> int | None:
    return event.user_id


def _approved(session: Session, event: ReviewChanged) -> Iterator[Fact]:
    """The review, which counts no more once it is hidden or deleted, or its line was refunded."""
    row = session.execute(_READ, {"review_id": event.review_id}).one_or_none()
    if row is not None:
        goods = Goods(
            row.sku_id, row.spu_id, row.brand_id, category_ids(row.path), units=int(row.stands)
        )
        yield Fact(f"review:{row.id}", row.at, goods=(goods,))


REVIEW_APPROVED = Trigger(
    name="review_approved",
    label="评价通过审核",
    ground=REVIEWED,
    events=(ReviewChanged,),
    shopper=_writer,
    facts=_approved,
    measures=(Measure("count", "评价条数", "再发表 {left} 条评价", once),),
    filters=(GOODS,),
    revocable=True,
)
