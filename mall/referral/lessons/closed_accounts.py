"""What is erased of a shopper who closes the account: lessons and attempts at their quizzes."""

from __future__ import annotations

from sqlalchemy import delete
from sqlalchemy.orm import Session

from mall.referral.lessons.models import LessonAttempt, LessonProgress
from mall.users.erasing import Eraser


def _erase(session: Session, user_id: int) -> None:
    for table in (LessonAttempt, LessonProgress):
        session.execute(delete(table).where(table.user_id == user_id))


LESSONS = Eraser(
    "lessons",
    _erase,
    "EXISTS (SELECT 1 FROM lesson_progress p WHERE p.user_id = u.id)"
    " OR EXISTS (SELECT 1 FROM lesson_attempts a WHERE a.user_id = u.id)",
)
