"""Tables of questions: what shoppers ask of a product, who was asked, and what was answered.

The texts are moderated as contents of the kinds `question` and `answer`; a row here says how its
content stands. One that its writer deleted has no text any more.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
)
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Base, Created, Identified

PENDING, APPROVED, REFUSED = "pending", "approved", "refused"
HIDDEN, DELETED = "hidden", "deleted"
STATUSES = (PENDING, APPROVED, REFUSED, HIDDEN, DELETED)
_STATUS = "status IN ('pending', 'approved', 'refused', 'hidden', 'deleted')"
_SHOWN = sql("status = 'approved'")
_ZERO = sql("0")


class ProductQuestion(Identified, Created):
    """What a shopper asks of a product.

    `answers` are the approved ones, the shop's among them. `reason` is why it was refused or
    hidden, for its writer. `approved_at` is when it was shown first, `asked_at` when buyers were
    asked, once.
    """

    __tablename__ = "product_questions"
    __table_args__ = (
        CheckConstraint(_STATUS, name="status"),
        CheckConstraint("answers >= 0", name="answers"),
        CheckConstraint("(status = 'deleted') = (deleted_at IS NOT NULL)", name="deleted_at"),
        Index(
            "ix_product_questions_hot",
            "spu_id",
            sql("answers DESC"),
            sql("id DESC"),
            postgresql_where=_SHOWN,
        ),
        Index("ix_product_questions_new", "spu_id", "id", postgresql_where=_SHOWN),
        Index("ix_product_questions_user_id_id", "user_id", "id"),
        Index("ix_product_questions_created_at", "created_at", **BY_TIME),
        Index(
            "ix_product_questions_unanswered",
            "approved_at",
            postgresql_where=sql("status = 'approved' AND answers = 0"),
        ),
    )
    spu_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("spus.id"))
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    text: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, server_default=sql("'pending'"))
    reason: Mapped[str | None] = mapped_column(Text)
    answers: Mapped[int] = mapped_column(server_default=_ZERO)
    approved_at: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]


class SpuQuestions(Base):
    """How many questions of a product are shown."""

    __tablename__ = "spu_questions"
    __table_args__ = (CheckConstraint("questions >= 0", name="questions"),)
    spu_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("spus.id"), primary_key=True, autoincrement=False
    )
    questions: Mapped[int]


class ProductAnswer(Identified, Created):
    """An answer: of a shopper, one a question, or of the shop (`staff_id`), one a question too.

    `of_trial`: the shopper had the product from a trial only, for nothing. `helpful` counts the
    votes. `grant_id` is the reward that stands for it, `refusal` why there is none. `rounds`
    counts the rewards that were taken back, so that one that is shown again has a new one.
    """

    __tablename__ = "product_answers"
    __table_args__ = (
        CheckConstraint(_STATUS, name="status"),
        CheckConstraint("helpful >= 0", name="helpful"),
        CheckConstraint("(user_id IS NULL) = (staff_id IS NOT NULL)", name="writer"),
        CheckConstraint("(status = 'deleted') = (deleted_at IS NOT NULL)", name="deleted_at"),
        CheckConstraint("grant_id IS NULL OR refusal IS NULL", name="outcome"),
        UniqueConstraint("question_id", "user_id", name="uq_product_answers_question_user"),
        Index("ix_product_answers_changed_at", "changed_at", **BY_TIME),
        Index(
            "uq_product_answers_shop",
            "question_id",
            unique=True,
            postgresql_where=sql("user_id IS NULL"),
        ),
        Index(
            "ix_product_answers_shown",
            "question_id",
            sql("(user_id IS NULL) DESC"),
            sql("helpful DESC"),
            "id",
            postgresql_where=_SHOWN,
        ),
        Index("ix_product_answers_user_id_id", "user_id", "id"),
    )
    question_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("product_questions.id"))
    user_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    staff_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff_members.id"))
    text: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, server_default=sql("'pending'"))
    reason: Mapped[str | None] = mapped_column(Text)
    of_trial: Mapped[bool] = mapped_column(server_default=sql("false"))
    helpful: Mapped[int] = mapped_column(server_default=_ZERO)
    rounds: Mapped[int] = mapped_column(SmallInteger, server_default=_ZERO)
    grant_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("reward_grants.id"))
    refusal: Mapped[str | None] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(server_default=sql("clock_timestamp()"))
    approved_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]


class AnswerVote(Created, Base):
    """That a shopper found an answer helpful."""

    __tablename__ = "answer_votes"
    __table_args__ = (
        Index("ix_answer_votes_user_id", "user_id"),
        Index("ix_answer_votes_created_at", "created_at", **BY_TIME),
    )
    answer_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("product_answers.id"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)


class QuestionAsking(Base):
    """That a buyer was asked to answer a question."""

    __tablename__ = "question_askings"
    __table_args__ = (Index("ix_question_askings_user_id", "user_id", "question_id"),)
    question_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("product_questions.id"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)
    asked_at: Mapped[datetime] = mapped_column(server_default=sql("clock_timestamp()"))


class AskedShopper(Base):
    """When a shopper was last asked to answer any question: never again too soon."""

    __tablename__ = "asked_shoppers"
    user_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("users.id"), primary_key=True, autoincrement=False
    )
    asked_at: Mapped[datetime]
