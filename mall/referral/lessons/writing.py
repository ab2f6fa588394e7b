"""Lessons as staff write them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.referral.lessons.errors import LessonChanged, LessonLimit, LessonNotFound
from mall.referral.lessons.models import PromoterLesson
from mall.staff.audit import record

Terms = Mapping[str, Any]
MAX_ENABLED = 50
_COLUMNS = ("name", "body", "questions", "pass_at", "position")
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('promoter lessons', 0))")


def create_lesson(terms: Terms) -> int:
    """A further lesson: its id. Raises LessonLimit."""
    with transaction() as session:
        session.execute(_LOCK)
        if terms["enabled"]:
            _must_have_room(session)
        values = {name: terms[name] for name in _COLUMNS}
        lesson_id: int = session.execute(
            insert(PromoterLesson)
            .values(**values, enabled=terms["enabled"])
            .returning(PromoterLesson.id)
        ).scalar_one()
        _audit(session, "create", lesson_id, {**values, "enabled": terms["enabled"]})
        return lesson_id


def change_lesson(lesson_id: int, terms: Terms) -> None:
    """Another text or quiz; who passed it has passed it. `replaces` is the version that was seen.

    Raises LessonNotFound, LessonChanged.
    """
    with transaction() as session:
        _locked(session, lesson_id)
        values = {name: terms[name] for name in _COLUMNS}
        done = session.execute(
            update(PromoterLesson)
            .where(PromoterLesson.id == lesson_id, PromoterLesson.version == terms["replaces"])
            .values(**values, version=PromoterLesson.version + 1)
            .returning(PromoterLesson.id)
            .execution_options(synchronize_session=False)
        ).all()
        if not done:
            raise LessonChanged(param="replaces")
        _audit(session, "update", lesson_id, values)


def enable_lesson(lesson_id: int, enabled: bool) -> None:
    """Open a lesson to shoppers, or close it. Saying so again changes nothing.

    Raises LessonNotFound, LessonLimit.
    """
    with transaction() as session:
        session.execute(_LOCK)
        if _locked(session, lesson_id).enabled == enabled:
            return
        if enabled:
            _must_have_room(session)
        session.execute(
            update(PromoterLesson)
            .where(PromoterLesson.id == lesson_id)
            .values(enabled=enabled)
            .execution_options(synchronize_session=False)
        )
        _audit(session, "enable" if enabled else "close", lesson_id, {"enabled": enabled})


def _locked(session: Session, lesson_id: int) -> PromoterLesson:
    found = session.scalar(
        select(PromoterLesson)
        .where(PromoterLesson.id == lesson_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise LessonNotFound
    return found


def _must_have_room(session: Session) -> None:
    open_ones = session.scalar(select(func.count()).where(PromoterLesson.enabled)) or 0
    if open_ones >= MAX_ENABLED:
        raise LessonLimit


def _audit(session: Session, verb: str, lesson_id: int, after: Terms) -> None:
    record(
        session,
        action=f"promoter_lesson.{verb}",
        target_type="promoter_lesson",
        target_id=lesson_id,
        after=after,
    )
