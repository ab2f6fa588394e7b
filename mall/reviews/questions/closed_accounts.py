"""A shopper who closes the account: questions, answers and votes go with it."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from mall.reviews.questions.answering import withdraw_answer
from mall.reviews.questions.asking import withdraw_question
from mall.reviews.questions.models import (
    DELETED,
    AskedShopper,
    ProductAnswer,
    ProductQuestion,
    QuestionAsking,
)
from mall.reviews.questions.voting import forget_votes
from mall.users.erasing import Eraser


def _erase(session: Session, user_id: int) -> None:
    questions = select(ProductQuestion.id).where(
        ProductQuestion.user_id == user_id, ProductQuestion.status != DELETED
    )
    for question_id in session.scalars(questions.order_by(ProductQuestion.id)).all():
        withdraw_question(session, question_id)
    answers = select(ProductAnswer.id).where(
        ProductAnswer.user_id == user_id, ProductAnswer.status != DELETED
    )
    for answer_id in session.scalars(answers.order_by(ProductAnswer.id)).all():
        withdraw_answer(session, answer_id)
    forget_votes(session, user_id)
    for table in (QuestionAsking, AskedShopper):
        session.execute(delete(table).where(table.user_id == user_id))


QUESTIONS = Eraser(
    "questions",
    _erase,
    "EXISTS (SELECT 1 FROM product_questions q WHERE q.user_id = u.id AND q.status <> 'deleted')"
    " OR EXISTS (SELECT 1 FROM product_answers a"
    " WHERE a.user_id = u.id AND a.status <> 'deleted')"
    " OR EXISTS (SELECT 1 FROM answer_votes v WHERE v.user_id = u.id)"
    " OR EXISTS (SELECT 1 FROM question_askings k WHERE k.user_id = u.id)"
    " OR EXISTS (SELECT 1 FROM asked_shoppers s WHERE s.user_id = u.id)",
)
