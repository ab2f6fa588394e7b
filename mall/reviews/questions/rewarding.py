"""An answer's reward: given when the answer is shown, taken back when it was hidden, refused or
deleted; never two that stand.

What has to be done follows from how the answer stands, under the lock of its ground, so events
may come in any order, and twice.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from mall.kernel.errors import MallError
from mall.reviews.questions.events import AnswerChanged
from mall.reviews.questions.models import APPROVED, PENDING, ProductAnswer
from mall.reviews.questions.settings import ANSWER_RULE
from mall.rewards.granting import Source, grant
from mall.rewards.grounds import lock_ground
from mall.rewards.reversing import reverse_for


def ground_of(answer_id: int) -> str:
    """What the reward for an answer stands on."""
    return f"answer:{answer_id}"


def event_of(answer_id: int, rounds: int) -> str:
    """What it is given for, once; anew only after the one before was taken back."""
    return f"answer:{answer_id}:{rounds}"


def keep_reward(session: Session, event: AnswerChanged) -> None:
    """Bring an answer's reward to where it should be. One that is checked anew keeps it."""
    lock_ground(session, ground_of(event.answer_id))
    found = session.execute(
        select(
            ProductAnswer.id,
            ProductAnswer.user_id,
            ProductAnswer.status,
            ProductAnswer.rounds,
            ProductAnswer.grant_id,
            ProductAnswer.refusal,
        ).where(ProductAnswer.id == event.answer_id)
    ).one_or_none()
    if found is None or found.user_id is None or found.status == PENDING:
        return
    if found.status == APPROVED:
        if found.grant_id is None and found.refusal is None:
            _give(session, found)
    elif found.grant_id is not None or found.refusal is not None:
        _take_back(session, found)


def _give(session: Session, found: Any) -> None:
    rule_id = ANSWER_RULE.get()
    if not rule_id:
        return
    source = Source(rule_id, event_of(found.id, found.rounds), ground_of(found.id))
    try:
        with session.begin_nested():
            made = grant(session, found.user_id, source)
    except MallError as refused:
        _set(session, found.id, refusal=refused.code)
        return
    _set(session, found.id, grant_id=made.id)


def _take_back(session: Session, found: Any) -> None:
    reverse_for(session, ground_of(found.id), cause=f"answer:{found.status}")
    _set(session, found.id, grant_id=None, refusal=None, rounds=ProductAnswer.rounds + 1)


def _set(session: Session, answer_id: int, **values: Any) -> None:
    session.execute(
        update(ProductAnswer)
        .where(ProductAnswer.id == answer_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
