"""Reads of lessons."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from mall.kernel.clock import shop_day
from mall.kernel.db import db_now
from mall.referral.lessons.errors import LessonNotFound
from mall.referral.lessons.grading import served
from mall.referral.lessons.models import LessonAttempt, LessonProgress, PromoterLesson
from mall.referral.lessons.settings import ATTEMPTS_PER_DAY


@dataclass(frozen=True, slots=True)
class OwnLesson:
    """A lesson as a shopper sees it."""

    lesson: PromoterLesson
    passed_at: datetime | None
    attempts_left: int

    @property
    def questions(self) -> list[dict[str, Any]]:
        """The quiz without its answers."""
        return served(self.lesson.questions)


def lesson(session: Session, lesson_id: int) -> PromoterLesson:
    """A lesson, open or not. Raises LessonNotFound."""
    found = session.scalar(
        select(PromoterLesson)
        .where(PromoterLesson.id == lesson_id)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise LessonNotFound
    return found


def open_lesson(session: Session, lesson_id: int) -> PromoterLesson:
    """A lesson that is open to shoppers. Raises LessonNotFound."""
    found = lesson(session, lesson_id)
    if not found.enabled:
        raise LessonNotFound
    return found


def all_lessons(session: Session) -> Sequence[PromoterLesson]:
    """Every lesson, for staff, in the order of their positions."""
    return session.scalars(
        select(PromoterLesson)
        .order_by(PromoterLesson.position, PromoterLesson.id)
        .execution_options(populate_existing=True)
    ).all()


def own_lessons(session: Session, user_id: int, lesson_id: int | None = None) -> list[OwnLesson]:
    """The open lessons, or one of them, and how far a shopper is with each."""
    mine = and_(LessonProgress.lesson_id == PromoterLesson.id, LessonProgress.user_id == user_id)
    query = select(PromoterLesson, LessonProgress).outerjoin(LessonProgress, mine)
    query = query.where(PromoterLesson.enabled)
    if lesson_id is not None:
        query = query.where(PromoterLesson.id == lesson_id)
    query = query.order_by(PromoterLesson.position, PromoterLesson.id)
    today, limit = shop_day(db_now(session)), ATTEMPTS_PER_DAY.get()
    found = []
    for one, progress in session.execute(query.execution_options(populate_existing=True)):
        used = progress.attempts if progress and progress.day == today else 0
        passed_at = progress.passed_at if progress else None
        found.append(OwnLesson(one, passed_at, 0 if passed_at else max(limit - used, 0)))
    return found


def own_lesson(session: Session, user_id: int, lesson_id: int) -> OwnLesson:
    """One open lesson, and how far a shopper is with it. Raises LessonNotFound."""
    for one in own_lessons(session, user_id, lesson_id):
        return one
    raise LessonNotFound


def passed_lessons(session: Session, user_ids: Collection[int]) -> Mapping[int, set[int]]:
    """Which lessons each of these shoppers has passed, in one read."""
    passed: dict[int, set[int]] = {user_id: set() for user_id in user_ids}
    if user_ids:
        rows = session.execute(
            select(LessonProgress.user_id, LessonProgress.lesson_id).where(
                LessonProgress.user_id.in_(user_ids), LessonProgress.passed_at.is_not(None)
            )
        )
        for user_id, lesson_id in rows:
            passed[user_id].add(lesson_id)
    return passed


def passed_since(session: Session, since: datetime) -> set[int]:
    """The shoppers who have passed a lesson since then. A transaction that began before may have
    it noted under the shop day before."""
    passed = select(LessonProgress.user_id).where(
        LessonProgress.day >= shop_day(since) - timedelta(days=1),
        LessonProgress.passed_at >= since,
    )
    return set(session.scalars(passed))


def names_of(session: Session, lesson_ids: Collection[int]) -> dict[int, str]:
    """The names of these lessons; those that there aren't are left out."""
    if not lesson_ids:
        return {}
    rows = session.execute(
        select(PromoterLesson.id, PromoterLesson.name).where(PromoterLesson.id.in_(lesson_ids))
    )
    return {row.id: row.name for row in rows}


def attempts(
    session: Session, lesson_id: int, *, before: int | None, limit: int
) -> Sequence[LessonAttempt]:
    """Attempts at a lesson's quiz, newest first; one more than `limit`, for paging."""
    lesson(session, lesson_id)
    query = select(LessonAttempt).where(LessonAttempt.lesson_id == lesson_id)
    if before is not None:
        query = query.where(LessonAttempt.id < before)
    return session.scalars(query.order_by(LessonAttempt.id.desc()).limit(limit + 1)).all()


def figures(session: Session, lesson_id: int) -> Mapping[str, int]:
    """How a lesson does: shoppers who tried, who passed, attempts in all."""
    lesson(session, lesson_id)
    tried, passed = session.execute(
        select(
            func.count(),
            func.count().filter(LessonProgress.passed_at.is_not(None)),
        ).where(LessonProgress.lesson_id == lesson_id)
    ).one()
    total = session.scalar(
        select(func.count()).select_from(LessonAttempt).where(LessonAttempt.lesson_id == lesson_id)
    )
    return {"tried": tried, "passed": passed, "attempts": total or 0}
