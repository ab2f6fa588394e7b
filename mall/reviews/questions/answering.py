"""Answers of shoppers who have the product: written, changed, taken back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.reviews.moderation import contents
from mall.reviews.moderation.contents import Draft
from mall.reviews.questions.buyers import bought
from mall.reviews.questions.errors import (
    AnswerExists,
    AnswerFixed,
    AnswerNotFound,
    NotBought,
    OwnQuestion,
    QuestionNotFound,
)
from mall.reviews.questions.models import (
    APPROVED,
    DELETED,
    HIDDEN,
    PENDING,
    ProductAnswer,
    ProductQuestion,
)
from mall.reviews.questions.standing import set_answer
from mall.users.queries import hold_open_account

ANSWER = "answer"
"""The kind of an answer's content."""


def answer(user_id: int, question_id: int, words: str) -> int:
    """Answer a question that is shown: the answer's id. It is shown once it is approved.

    Raises QuestionNotFound, OwnQuestion, NotBought, AnswerExists, AccountClosed.
    """
    with transaction() as session:
        hold_open_account(session, user_id)
        question = shown_question(session, question_id)
        if question.user_id == user_id:
            raise OwnQuestion
        owned = bought(session, user_id, question.spu_id)
        if owned is None:
            raise NotBought
        values = {
            "question_id": question_id,
            "user_id": user_id,
            "text": words,
            "of_trial": owned.of_trial,
        }
        answer_id: int | None = session.execute(
            insert(ProductAnswer)
            .values(**values)
            .on_conflict_do_nothing(constraint="uq_product_answers_question_user")
            .returning(ProductAnswer.id)
        ).scalar_one_or_none()
        if answer_id is None:
            raise AnswerExists
        contents.submit(session, Draft(ANSWER, answer_id, user_id, words))
        return answer_id


def change_answer(user_id: int, answer_id: int, words: str) -> None:
    """Say it otherwise: it is checked anew, and not shown until then. The same text again
    changes nothing.

    Raises AnswerNotFound, AnswerFixed for one that was hidden or deleted.
    """
    with transaction() as session:
        hold_open_account(session, user_id)
        _own(session, user_id, answer_id)
        contents.lock_content(session, ANSWER, answer_id)
        row = session.execute(
            select(ProductAnswer.status, ProductAnswer.text)
            .where(ProductAnswer.id == answer_id)
            .with_for_update()
        ).one()
        if row.status in (HIDDEN, DELETED):
            raise AnswerFixed
        if row.text == words:
            return
        session.execute(
            update(ProductAnswer)
            .where(ProductAnswer.id == answer_id)
            .values(text=words, changed_at=func.clock_timestamp())
            .execution_options(synchronize_session=False)
        )
        contents.submit(session, Draft(ANSWER, answer_id, user_id, words))
        set_answer(session, answer_id, PENDING)


def delete_answer(user_id: int, answer_id: int) -> None:
    """Take an answer back, with its text and its reward. Again is once. Raises AnswerNotFound."""
    with transaction() as session:
        if _own(session, user_id, answer_id) != DELETED:
            withdraw_answer(session, answer_id)


def withdraw_answer(session: Session, answer_id: int) -> None:
    """The answer and its content go, whatever its state."""
    contents.lock_content(session, ANSWER, answer_id)
    contents.withdraw(session, ANSWER, answer_id)
    set_answer(session, answer_id, DELETED)


def shown_question(session: Session, question_id: int) -> Any:
    """Asker and product of a question that is shown. Raises QuestionNotFound."""
    found = session.execute(
        select(ProductQuestion.user_id, ProductQuestion.spu_id).where(
            ProductQuestion.id == question_id, ProductQuestion.status == APPROVED
        )
    ).one_or_none()
    if found is None:
        raise QuestionNotFound
    return found


def _own(session: Session, user_id: int, answer_id: int) -> str:
    """The status of the shopper's own answer. Raises AnswerNotFound."""
    status = session.scalar(
        select(ProductAnswer.status).where(
            ProductAnswer.id == answer_id, ProductAnswer.user_id == user_id
        )
    )
    if status is None:
        raise AnswerNotFound
    return status
