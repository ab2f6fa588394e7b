"""Reads of rewards for staff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.rewards.errors import RewardGrantNotFound, RewardRuleNotFound
from mall.rewards.models import RewardGrant, RewardPart, RewardRule, RewardStep


@dataclass(frozen=True, slots=True)
class GrantView:
    """A grant with its parts, as staff see it; `steps` where one grant is shown."""

    id: int
    rule_id: int
    user_id: int
    event: str
    ground: str | None
    status: str
    refusal: str | None
    created_at: datetime
    reversed_at: datetime | None
    parts: list[Any]
    steps: Sequence[RewardStep] = ()


def rules(session: Session, *, before: int | None, limit: int) -> Sequence[RewardRule]:
    """Rules, newest first, older than id `before`; one more than `limit`, for paging."""
    query = select(RewardRule).order_by(RewardRule.id.desc()).limit(limit + 1)
    if before is not None:
        query = query.where(RewardRule.id < before)
    return session.scalars(query).all()


def rule(session: Session, rule_id: int) -> RewardRule:
    """One rule. Raises RewardRuleNotFound."""
    found = session.get(RewardRule, rule_id)
    if found is None:
        raise RewardRuleNotFound
    return found


def grants(
    session: Session,
    *,
    rule_id: int | None = None,
    user_id: int | None = None,
    ground: str | None = None,
    refused: bool = False,
    before: int | None,
    limit: int,
) -> list[GrantView]:
    """Grants that all of these are true of, newest first; one more than `limit`.

    Raises RewardRuleNotFound.
    """
    query = select(RewardGrant).order_by(RewardGrant.id.desc()).limit(limit + 1)
    if rule_id is not None:
        rule(session, rule_id)
        query = query.where(RewardGrant.rule_id == rule_id)
    if user_id is not None:
        query = query.where(RewardGrant.user_id == user_id)
    if ground is not None:
        query = query.where(RewardGrant.ground == ground)
    if refused:
        query = query.where(RewardGrant.refusal.is_not(None))
    if before is not None:
        query = query.where(RewardGrant.id < before)
    return _with_parts(session, session.scalars(query).all())


def grant(session: Session, grant_id: int) -> GrantView:
    """One grant with its history. Raises RewardGrantNotFound."""
    found = session.scalars(select(RewardGrant).where(RewardGrant.id == grant_id)).all()
    if not found:
        raise RewardGrantNotFound
    steps = session.scalars(
        select(RewardStep).where(RewardStep.grant_id == grant_id).order_by(RewardStep.id)
    )
    return _with_parts(session, found, steps.all())[0]


def _with_parts(
    session: Session, found: Sequence[RewardGrant], steps: Sequence[RewardStep] = ()
) -> list[GrantView]:
    parts: dict[int, list[Any]] = {one.id: [] for one in found}
    rows = session.execute(
        select(*RewardPart.__table__.c)
        .where(RewardPart.grant_id.in_(parts))
        .order_by(RewardPart.grant_id, RewardPart.position)
    )
    for row in rows:
        parts[row.grant_id].append(row._mapping)
    return [
        GrantView(
            id=one.id,
            rule_id=one.rule_id,
            user_id=one.user_id,
            event=one.event,
            ground=one.ground,
            status=one.status,
            refusal=one.refusal,
            created_at=one.created_at,
            reversed_at=one.reversed_at,
            parts=parts[one.id],
            steps=steps,
        )
        for one in found
    ]
