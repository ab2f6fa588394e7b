"""What of reviews needs somebody."""

from __future__ import annotations

from sqlalchemy import func, select

from mall.kernel.invariants import AttentionList
from mall.reviews.writing.models import Review, ReviewTask

OVERDUE_TASKS = AttentionList(
    "overdue_review_tasks",
    "reviews of one or two stars that staff haven't answered in time",
    "逾期未回复的一星、两星评价",
    select(ReviewTask.review_id, Review.spu_id, Review.goods_stars, ReviewTask.due_at)
    .join(Review, Review.id == ReviewTask.review_id)
    .where(ReviewTask.done_at.is_(None), ReviewTask.due_at <= func.now())
    .order_by(ReviewTask.due_at, ReviewTask.review_id),
)
