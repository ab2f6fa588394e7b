"""Questions and answers as contents that are moderated."""

from __future__ import annotations

from sqlalchemy.orm import Session

from mall.reviews.moderation.contents import Change, ContentKind
from mall.reviews.questions.answering import ANSWER
from mall.reviews.questions.asking import QUESTION
from mall.reviews.questions.models import DELETED
from mall.reviews.questions.standing import set_answer, set_question

_STATUS = {"withdrawn": DELETED}


def _follow_question(session: Session, change: Change) -> None:
    set_question(session, change.ref, _STATUS.get(change.now, change.now), change.reason)


def _follow_answer(session: Session, change: Change) -> None:
    set_answer(session, change.ref, _STATUS.get(change.now, change.now), change.reason)


QUESTION_KIND = ContentKind(QUESTION, "提问", _follow_question, scene=2)
ANSWER_KIND = ContentKind(ANSWER, "回答", _follow_answer, scene=2)
