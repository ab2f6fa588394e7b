"""Facts about lessons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mall.kernel.events import Event


@dataclass(frozen=True)
class LessonPassed(Event):
    """A shopper passed a lesson's quiz: once a lesson."""

    name: ClassVar[str] = "referral.lesson_passed"
    user_id: int
    lesson_id: int
