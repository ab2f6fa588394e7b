"""What staff read of questions and answers."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.catalog.models import Spu
from mall.reviews.questions.models import APPROVED, ProductAnswer, ProductQuestion


def questions(
    session: Session,
    *,
    before: int | None,
    limit: int,
    product_id: int | None = None,
    status: str | None = None,
    unanswered: str | None = None,
) -> list[Any]:
    """Questions, the newest first. `unanswered` "true": those that are shown without an answer."""
    query = select(
        ProductQuestion.id,
        ProductQuestion.spu_id,
        Spu.name.label("product"),
        ProductQuestion.user_id,
        ProductQuestion.text,
        ProductQuestion.status,
        ProductQuestion.reason,
        ProductQuestion.answers,
        ProductQuestion.created_at,
        ProductQuestion.asked_at,
    ).join(Spu, Spu.id == ProductQuestion.spu_id)
    if before is not None:
        query = query.where(ProductQuestion.id < before)
    if product_id is not None:
        query = query.where(ProductQuestion.spu_id == product_id)
    if status is not None:
        query = query.where(ProductQuestion.status == status)
    if unanswered == "true":
        query = query.where(ProductQuestion.status == APPROVED, ProductQuestion.answers == 0)
    return list(session.execute(query.order_by(ProductQuestion.id.desc()).limit(limit + 1)))


def answers(session: Session, question_id: int, *, before: int | None, limit: int) -> list[Any]:
    """All answers to a question, the newest first."""
    query = select(*ProductAnswer.__table__.c).where(ProductAnswer.question_id == question_id)
    if before is not None:
        query = query.where(ProductAnswer.id < before)
    return list(session.execute(query.order_by(ProductAnswer.id.desc()).limit(limit + 1)))
