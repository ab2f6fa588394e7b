"""A shopper's attempt at a quiz: counted before it is graded, so that guessing has its limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.orm import Session

from mall.kernel.clock import shop_day
from mall.kernel.db import db_now, transaction
from mall.kernel.events import publish
from mall.referral.lessons.errors import LessonAttemptsUsed, LessonChanged
from mall.referral.lessons.events import LessonPassed
from mall.referral.lessons.grading import Answers, correct_count
from mall.referral.lessons.models import LessonAttempt, LessonProgress, PromoterLesson
from mall.referral.lessons.queries import open_lesson
from mall.referral.lessons.settings import ATTEMPTS_PER_DAY
from mall.users.queries import hold_open_account

_COUNT = text(
    """
    INSERT INTO lesson_progress AS p (user_id, lesson_id, day, attempts)
    VALUES (:user_id, :lesson_id, :day, 1)
    ON CONFLICT (user_id, lesson_id) DO UPDATE
    SET day = excluded.day,
        attempts = CASE WHEN p.day = excluded.day THEN p.attempts + 1 ELSE 1 END
    WHERE p.passed_at IS NULL AND (p.day <> excluded.day OR p.attempts < :limit)
    RETURNING attempts
    """
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended. Which questions were right isn't said, so nobody can try them out."""

    passed: bool
    correct: int
    asked: int
    pass_at: int
    attempts_left: int


def attempt(user_id: int, lesson_id: int, *, version: int, answers: Answers) -> Outcome:
    """Grade a shopper's answers to a lesson's quiz. Who has passed it uses no further attempt.

    Raises LessonNotFound, LessonChanged, LessonAnswersInvalid, LessonAttemptsUsed, AccountClosed.
    """
    with transaction() as session:
        hold_open_account(session, user_id)
        lesson = open_lesson(session, lesson_id)
        if lesson.version != version:
            raise LessonChanged(param="version")
        correct = correct_count(lesson.questions, answers)
        today = {"user_id": user_id, "lesson_id": lesson_id, "day": shop_day(db_now(session))}
        number = _count(session, today)
        if number is None:
            return _passed_before(session, user_id, lesson)
        passed = correct >= lesson.pass_at
        graded: dict[str, Any] = {
            "version": version,
            "answers": [list(chosen) for chosen in answers],
            "asked": len(lesson.questions),
            "correct": correct,
            "pass_at": lesson.pass_at,
            "passed": passed,
        }
        session.execute(insert(LessonAttempt).values(**today, number=number, **graded))
        if passed:
            _pass(session, user_id, lesson_id)
        left = 0 if passed else max(ATTEMPTS_PER_DAY.get() - number, 0)
        return Outcome(passed, correct, len(lesson.questions), lesson.pass_at, left)


def _count(session: Session, today: dict[str, Any]) -> int | None:
    """The attempt's number of the day; None for who has none left or has passed."""
    number: int | None = session.scalar(_COUNT, {**today, "limit": ATTEMPTS_PER_DAY.get()})
    return number


def _pass(session: Session, user_id: int, lesson_id: int) -> None:
    session.execute(
        update(LessonProgress)
        .where(LessonProgress.user_id == user_id, LessonProgress.lesson_id == lesson_id)
        .values(passed_at=func.clock_timestamp())
        .execution_options(synchronize_session=False)
    )
    publish(session, LessonPassed(user_id, lesson_id))


def _passed_before(session: Session, user_id: int, lesson: PromoterLesson) -> Outcome:
    """What the attempt that passed said. Raises LessonAttemptsUsed for who hasn't passed."""
    found = session.scalars(
        select(LessonAttempt)
        .where(
            LessonAttempt.user_id == user_id,
            LessonAttempt.lesson_id == lesson.id,
            LessonAttempt.passed,
        )
        .limit(1)
    ).one_or_none()
    if found is None:
        raise LessonAttemptsUsed
    return Outcome(
        passed=True,
        correct=found.correct,
        asked=found.asked,
        pass_at=found.pass_at,
        attempts_left=0,
    )
