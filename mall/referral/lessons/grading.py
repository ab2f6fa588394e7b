"""Grading a quiz: pure, and only here. Answers never leave the server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mall.referral.lessons.errors import LessonAnswersInvalid

Question = Mapping[str, Any]
Answers = Sequence[Sequence[int]]


def served(questions: Sequence[Question]) -> list[dict[str, Any]]:
    """The questions as shoppers get them: without the answers."""
    return [
        {
            "text": one["text"],
            "options": list(one["options"]),
            "several": len(one["answers"]) > 1,
        }
        for one in questions
    ]


def correct_count(questions: Sequence[Question], answers: Answers) -> int:
    """How many questions are right: exactly the right options were chosen.

    Raises LessonAnswersInvalid unless each question has an answer of its own options.
    """
    if len(answers) != len(questions):
        raise LessonAnswersInvalid(param="answers")
    pairs = list(zip(questions, answers, strict=True))
    for question, chosen in pairs:
        if not chosen or len(set(chosen)) != len(chosen):
            raise LessonAnswersInvalid(param="answers")
        if not all(0 <= one < len(question["options"]) for one in chosen):
            raise LessonAnswersInvalid(param="answers")
    return sum(set(question["answers"]) == set(chosen) for question, chosen in pairs)
