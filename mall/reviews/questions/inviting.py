"""Buyers are asked to answer a question: a bounded number, once, none of them too often."""

from __future__ import annotations

from sqlalchemy import func, insert, update
from sqlalchemy.orm import Session

from mall.messages.sending import send_soon_to
from mall.reviews.questions.buyers import Asking, take_buyers
from mall.reviews.questions.events import QuestionChanged
from mall.reviews.questions.messages import QUESTION_ASKED
from mall.reviews.questions.models import APPROVED, ProductQuestion, QuestionAsking
from mall.reviews.questions.settings import ASK_AGAIN_DAYS, ASK_BUYERS, ASK_WITHIN_DAYS


def ask_buyers(session: Session, event: QuestionChanged) -> None:
    """The first time that a question is shown, ask its product's buyers."""
    question = session.execute(
        update(ProductQuestion)
        .where(
            ProductQuestion.id == event.question_id,
            ProductQuestion.status == APPROVED,
            ProductQuestion.asked_at.is_(None),
        )
        .values(asked_at=func.clock_timestamp())
        .returning(ProductQuestion.spu_id, ProductQuestion.user_id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    most = ASK_BUYERS.get()
    if question is None or not most:
        return
    asking = Asking(
        event.question_id,
        question.spu_id,
        question.user_id,
        most,
        ASK_WITHIN_DAYS.get(),
        ASK_AGAIN_DAYS.get(),
    )
    users = take_buyers(session, asking)
    if users:
        rows = [{"question_id": event.question_id, "user_id": one} for one in sorted(users)]
        session.execute(insert(QuestionAsking), rows)
        send_soon_to(session, QUESTION_ASKED.name, str(event.question_id), users)
