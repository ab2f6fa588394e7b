"""A shopper asks of a product, and takes the question back."""

from __future__ import annotations

from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from mall.catalog.models import Spu
from mall.catalog.rules import on_shelf_now
from mall.kernel.clock import day_start, shop_day
from mall.kernel.db import db_now, transaction
from mall.reviews.moderation import contents
from mall.reviews.moderation.contents import Draft
from mall.reviews.questions.errors import ProductNotAsked, QuestionLimit, QuestionNotFound
from mall.reviews.questions.models import DELETED, ProductQuestion
from mall.reviews.questions.settings import QUESTIONS_PER_DAY
from mall.reviews.questions.standing import set_question
from mall.users.queries import hold_open_account

QUESTION = "question"
"""The kind of a question's content."""
_ONE_AT_A_TIME = text(
    "SELECT pg_advisory_xact_lock(hashtextextended('product questions ' || :user_id, 0))"
)


def ask(user_id: int, spu_id: int, words: str) -> int:
    """Ask of a product on the shelf: the question's id. It is shown once it is approved.

    Raises ProductNotAsked, QuestionLimit, AccountClosed.
    """
    with transaction() as session:
        hold_open_account(session, user_id)
        known = select(Spu.id).where(Spu.id == spu_id, on_shelf_now())
        if session.scalar(known) is None:
            raise ProductNotAsked
        _count_day(session, user_id)
        question_id: int = session.execute(
            insert(ProductQuestion)
            .values(spu_id=spu_id, user_id=user_id, text=words)
            .returning(ProductQuestion.id)
        ).scalar_one()
        contents.submit(session, Draft(QUESTION, question_id, user_id, words))
        return question_id


def delete_question(user_id: int, question_id: int) -> None:
    """Take a question back, with its text; its answers aren't shown any more. Again is once.

    Raises QuestionNotFound for another shopper's.
    """
    with transaction() as session:
        own = select(ProductQuestion.status).where(
            ProductQuestion.id == question_id, ProductQuestion.user_id == user_id
        )
        status = session.scalar(own)
        if status is None:
            raise QuestionNotFound
        if status != DELETED:
            withdraw_question(session, question_id)


def withdraw_question(session: Session, question_id: int) -> None:
    """The question and its content go, whatever its state."""
    contents.lock_content(session, QUESTION, question_id)
    contents.withdraw(session, QUESTION, question_id)
    set_question(session, question_id, DELETED)


def _count_day(session: Session, user_id: int) -> None:
    """One more question of the shop day; deleted ones count. Raises QuestionLimit."""
    session.execute(_ONE_AT_A_TIME, {"user_id": str(user_id)})
    today = day_start(shop_day(db_now(session)))
    asked = session.scalar(
        select(func.count()).where(
            ProductQuestion.user_id == user_id, ProductQuestion.created_at >= today
        )
    )
    if int(asked or 0) >= QUESTIONS_PER_DAY.get():
        raise QuestionLimit
