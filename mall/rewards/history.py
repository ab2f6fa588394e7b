"""A grant's steps from state to state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, insert, update
from sqlalchemy.orm import Session

from mall.rewards.models import RewardGrant, RewardStep
from mall.rewards.states import EVERY_STEP, OPEN, PENDING, REVERSED


def move(
    session: Session,
    grant_id: int,
    step: tuple[str, str],
    cause: str,
    taken: Sequence[dict[str, Any]] = (),
) -> bool:
    """Bring a grant from one state to another and write the step down.

    False when it isn't in the one. The same state twice is a step in which units came back
    (`taken`: position of the part, taken_back, debt).
    """
    old, new = step
    assert step in EVERY_STEP or (old == new and old in OPEN and taken), step
    moved = session.scalar(
        update(RewardGrant)
        .where(RewardGrant.id == grant_id, RewardGrant.status == old)
        .values(
            status=new,
            refusal=RewardGrant.refusal if new == PENDING else None,
            reversed_at=func.clock_timestamp() if new == REVERSED else None,
        )
        .returning(RewardGrant.id)
    )
    if moved is None:
        return False
    session.execute(
        insert(RewardStep).values(
            grant_id=grant_id, from_status=old, to_status=new, cause=cause, taken=list(taken)
        )
    )
    return True
