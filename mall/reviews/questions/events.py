"""Facts about questions. A handler re-reads the row: by then it may stand otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mall.kernel.events import Event


@dataclass(frozen=True)
class QuestionChanged(Event):
    """A question is shown, or isn't any more."""

    name: ClassVar[str] = "reviews.question_changed"
    question_id: int


@dataclass(frozen=True)
class AnswerChanged(Event):
    """An answer is shown, waits, or isn't shown any more."""

    name: ClassVar[str] = "reviews.answer_changed"
    answer_id: int
