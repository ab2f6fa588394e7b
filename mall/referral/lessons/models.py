"""Tables of lessons: what staff wrote, how far shoppers are, each attempt at a quiz."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from mall.kernel.db import BY_TIME, Base, Created, Identified
from mall.kernel.uploaded import UploadMarkup


class PromoterLesson(Identified, Created):
    """A lesson with its quiz. `version` counts its changes; who read an older one reads it anew.

    Each of `questions` has `text`, `options` and `answers`, the positions of the right options.
    `pass_at` questions must be right.
    """

    __tablename__ = "promoter_lessons"
    __table_args__ = (
        CheckConstraint("version > 0", name="version"),
        CheckConstraint(
            "pass_at >= 1 AND pass_at <= jsonb_array_length(questions)", name="pass_at"
        ),
        Index("ix_promoter_lessons_position", "position", "id"),
    )
    name: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(UploadMarkup)
    questions: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    pass_at: Mapped[int] = mapped_column(Integer)
    position: Mapped[int] = mapped_column(Integer)
    enabled: Mapped[bool]
    version: Mapped[int] = mapped_column(server_default=text("1"))


class LessonProgress(Base):
    """How far a shopper is with a lesson. `attempts` counts those of the shop day `day`."""

    __tablename__ = "lesson_progress"
    __table_args__ = (
        CheckConstraint("attempts >= 1", name="attempts"),
        Index("ix_lesson_progress_lesson_id", "lesson_id", "passed_at"),
        Index("ix_lesson_progress_day", "day", **BY_TIME),
    )
    user_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("users.id"), primary_key=True, autoincrement=False
    )
    lesson_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("promoter_lessons.id"), primary_key=True, autoincrement=False
    )
    day: Mapped[date] = mapped_column(Date)
    attempts: Mapped[int] = mapped_column(Integer)
    passed_at: Mapped[datetime | None]


class LessonAttempt(Identified, Created):
    """One attempt at a quiz: what was answered, and how many of `asked` questions were right.

    `number` counts a shopper's attempts at the lesson on a shop day.
    """

    __tablename__ = "lesson_attempts"
    __table_args__ = (
        UniqueConstraint("user_id", "lesson_id", "day", "number", name="uq_lesson_attempts_number"),
        CheckConstraint("correct BETWEEN 0 AND asked", name="correct"),
        CheckConstraint("passed = (correct >= pass_at)", name="passed"),
        Index("ix_lesson_attempts_lesson_id_id", "lesson_id", "id"),
        Index("ix_lesson_attempts_created_at", "created_at", **BY_TIME),
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    lesson_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("promoter_lessons.id"))
    version: Mapped[int]
    day: Mapped[date] = mapped_column(Date)
    number: Mapped[int] = mapped_column(Integer)
    answers: Mapped[list[list[int]]] = mapped_column(JSONB)
    asked: Mapped[int] = mapped_column(Integer)
    correct: Mapped[int] = mapped_column(Integer)
    pass_at: Mapped[int] = mapped_column(Integer)
    passed: Mapped[bool]
