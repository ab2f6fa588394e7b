"""How questions and answers stand: the one way to change it, with the counts that follow.

Lock order: the content, the answer, its question, the product's count.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from mall.kernel.events import publish
from mall.reviews.questions.events import AnswerChanged, QuestionChanged
from mall.reviews.questions.models import APPROVED, DELETED, ProductAnswer, ProductQuestion

_COUNT_QUESTIONS = text(
    """
    INSERT INTO spu_questions AS c (spu_id, questions) VALUES (:spu_id, greatest(0, :change))
    ON CONFLICT (spu_id) DO UPDATE SET questions = c.questions + :change
    """
)


def set_question(session: Session, question_id: int, now: str, reason: str | None = None) -> bool:
    """Let a question stand as `now`; False when it does already, or was deleted."""
    was = session.execute(
        select(ProductQuestion.status, ProductQuestion.spu_id)
        .where(ProductQuestion.id == question_id)
        .with_for_update()
    ).one_or_none()
    if was is None or was.status in (now, DELETED):
        return False
    session.execute(
        update(ProductQuestion)
        .where(ProductQuestion.id == question_id)
        .values(status=now, **_stamps(ProductQuestion, now, reason))
        .execution_options(synchronize_session=False)
    )
    change = (now == APPROVED) - (was.status == APPROVED)
    if change:
        session.execute(_COUNT_QUESTIONS, {"spu_id": was.spu_id, "change": change})
    publish(session, QuestionChanged(question_id))
    return True


def set_answer(session: Session, answer_id: int, now: str, reason: str | None = None) -> bool:
    """Let an answer stand as `now`; False when it does already, or was deleted."""
    was = session.execute(
        select(ProductAnswer.status, ProductAnswer.question_id)
        .where(ProductAnswer.id == answer_id)
        .with_for_update()
    ).one_or_none()
    if was is None or was.status in (now, DELETED):
        return False
    session.execute(
        update(ProductAnswer)
        .where(ProductAnswer.id == answer_id)
        .values(
            status=now,
            changed_at=func.clock_timestamp(),
            **_stamps(ProductAnswer, now, reason),
        )
        .execution_options(synchronize_session=False)
    )
    count_answer(session, was.question_id, (now == APPROVED) - (was.status == APPROVED))
    publish(session, AnswerChanged(answer_id))
    return True


def count_answer(session: Session, question_id: int, change: int) -> None:
    """An approved answer of the question came or went."""
    if change:
        session.execute(
            update(ProductQuestion)
            .where(ProductQuestion.id == question_id)
            .values(answers=ProductQuestion.answers + change)
            .execution_options(synchronize_session=False)
        )


def _stamps(
    table: type[ProductQuestion] | type[ProductAnswer], now: str, reason: str | None
) -> dict[str, Any]:
    """The columns that go with a status. What was deleted has no text any more."""
    values: dict[str, Any] = {"reason": reason}
    if now == APPROVED:
        values["approved_at"] = func.coalesce(table.approved_at, func.clock_timestamp())
    if now == DELETED:
        values |= {"deleted_at": func.clock_timestamp(), "text": ""}
    return values
