"""The shop's own answer to a question: one, marked as the shop's, in the trail of staff.

It isn't moderated, earns nothing, and nobody takes it for a buyer's.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.events import publish
from mall.reviews.questions.answering import shown_question
from mall.reviews.questions.errors import AnswerNotFound
from mall.reviews.questions.events import AnswerChanged
from mall.reviews.questions.models import APPROVED, DELETED, ProductAnswer, ProductQuestion
from mall.reviews.questions.standing import count_answer
from mall.staff.audit import record


def answer_as_shop(staff_id: int, question_id: int, words: str) -> int:
    """The shop answers a question that is shown, or says it otherwise: the answer's id.

    Raises QuestionNotFound.
    """
    with transaction() as session:
        shown_question(session, question_id)
        before = _locked(session, question_id)
        if before is None:
            answer_id = _write(session, staff_id, question_id, words)
        else:
            answer_id = _rewrite(session, staff_id, before, words)
        if before is None or before.status == DELETED:
            count_answer(session, question_id, 1)
            publish(session, AnswerChanged(answer_id))
        said = None if before is None else {"text": before.text}
        _audit(session, "answer", question_id, before=said, after={"text": words})
        return answer_id


def take_back_shop_answer(question_id: int) -> None:
    """The shop's answer goes. Raises AnswerNotFound when there is none."""
    with transaction() as session:
        before = _locked(session, question_id)
        if before is None or before.status == DELETED:
            raise AnswerNotFound
        _set(session, before.id, status=DELETED, deleted_at=func.clock_timestamp(), text="")
        count_answer(session, question_id, -1)
        publish(session, AnswerChanged(before.id))
        _audit(session, "take_back_answer", question_id, before={"text": before.text})


def _locked(session: Session, question_id: int) -> Any:
    """The shop's answer; one at a time is at a question's. Its row waits for the question's, so
    that none is made twice."""
    session.execute(
        select(ProductQuestion.id).where(ProductQuestion.id == question_id).with_for_update()
    )
    return session.execute(
        select(ProductAnswer.id, ProductAnswer.status, ProductAnswer.text).where(
            ProductAnswer.question_id == question_id, ProductAnswer.user_id.is_(None)
        )
    ).one_or_none()


def _write(session: Session, staff_id: int, question_id: int, words: str) -> int:
    answer_id: int = session.execute(
        insert(ProductAnswer)
        .values(
            question_id=question_id,
            staff_id=staff_id,
            text=words,
            status=APPROVED,
            approved_at=func.clock_timestamp(),
        )
        .returning(ProductAnswer.id)
    ).scalar_one()
    return answer_id


def _rewrite(session: Session, staff_id: int, before: Any, words: str) -> int:
    _set(
        session,
        before.id,
        staff_id=staff_id,
        text=words,
        status=APPROVED,
        deleted_at=None,
        changed_at=func.clock_timestamp(),
    )
    answer_id: int = before.id
    return answer_id


def _set(session: Session, answer_id: int, **values: Any) -> None:
    session.execute(
        update(ProductAnswer)
        .where(ProductAnswer.id == answer_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def _audit(session: Session, verb: str, question_id: int, **change: Any) -> None:
    record(
        session,
        action=f"question.{verb}",
        target_type="question",
        target_id=question_id,
        **change,
    )
