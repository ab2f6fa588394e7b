"""Helpful votes on answers: one a shopper, and their count."""

from __future__ import annotations

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.reviews.questions.errors import AnswerNotFound, OwnAnswer
from mall.reviews.questions.models import APPROVED, AnswerVote, ProductAnswer, ProductQuestion
from mall.users.queries import hold_open_account


def vote(user_id: int, answer_id: int) -> int:
    """This shopper finds the answer helpful: how many do now. Again is once.

    Raises AnswerNotFound, OwnAnswer, AccountClosed.
    """
    with transaction() as session:
        hold_open_account(session, user_id)
        _lock(session, user_id, answer_id)
        made = session.execute(
            insert(AnswerVote)
            .values(answer_id=answer_id, user_id=user_id)
            .on_conflict_do_nothing()
            .returning(AnswerVote.answer_id)
        ).first()
        return _count(session, answer_id, 0 if made is None else 1)


def unvote(user_id: int, answer_id: int) -> int:
    """The shopper finds so no longer: how many do now. Again is once. Raises as `vote`."""
    with transaction() as session:
        _lock(session, user_id, answer_id)
        return _count(session, answer_id, -take_vote(session, user_id, answer_id))


def take_vote(session: Session, user_id: int, answer_id: int) -> int:
    """The shopper's vote goes, uncounted yet: 1 if there was one, else 0."""
    gone = session.execute(
        delete(AnswerVote)
        .where(AnswerVote.answer_id == answer_id, AnswerVote.user_id == user_id)
        .returning(AnswerVote.answer_id)
    ).first()
    return 0 if gone is None else 1


def forget_votes(session: Session, user_id: int) -> None:
    """All votes of a shopper go, and their counts with them."""
    voted = select(AnswerVote.answer_id).where(AnswerVote.user_id == user_id)
    for answer_id in session.scalars(voted.order_by(AnswerVote.answer_id)).all():
        session.execute(
            select(ProductAnswer.id).where(ProductAnswer.id == answer_id).with_for_update()
        )
        _count(session, answer_id, -take_vote(session, user_id, answer_id))


def _lock(session: Session, user_id: int, answer_id: int) -> None:
    row = session.execute(
        select(ProductAnswer.user_id)
        .join(ProductQuestion, ProductQuestion.id == ProductAnswer.question_id)
        .where(
            ProductAnswer.id == answer_id,
            ProductAnswer.status == APPROVED,
            ProductQuestion.status == APPROVED,
        )
        .with_for_update(of=ProductAnswer)
    ).one_or_none()
    if row is None:
        raise AnswerNotFound
    if row.user_id == user_id:
        raise OwnAnswer


def _count(session: Session, answer_id: int, change: int) -> int:
    return session.execute(
        update(ProductAnswer)
        .where(ProductAnswer.id == answer_id)
        .values(helpful=ProductAnswer.helpful + change)
        .returning(ProductAnswer.helpful)
        .execution_options(synchronize_session=False)
    ).scalar_one()
