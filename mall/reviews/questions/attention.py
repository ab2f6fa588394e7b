"""Questions that nobody has answered."""

from __future__ import annotations

from sqlalchemy import func, select, text

from mall.kernel.invariants import AttentionList
from mall.reviews.questions.models import APPROVED, ProductQuestion

UNANSWERED = AttentionList(
    "unanswered_questions",
    "questions on products that nobody has answered for two days",
    "两天无人回答的商品提问",
    select(ProductQuestion.id, ProductQuestion.spu_id, ProductQuestion.approved_at)
    .where(
        ProductQuestion.status == APPROVED,
        ProductQuestion.answers == 0,
        ProductQuestion.approved_at < func.now() - text("interval '2 days'"),
    )
    .order_by(ProductQuestion.approved_at),
)
