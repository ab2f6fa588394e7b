"""Reads of rewards for staff."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.rewards.errors import RewardRuleNotFound
from mall.rewards.models import RewardGrant, RewardRule


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
    session: Session, rule_id: int, *, user_id: int | None, before: int | None, limit: int
) -> Sequence[RewardGrant]:
    """What a rule gave, newest first; one more than `limit`. Raises RewardRuleNotFound."""
    rule(session, rule_id)
    query = select(RewardGrant).where(RewardGrant.rule_id == rule_id)
    if user_id is not None:
        query = query.where(RewardGrant.user_id == user_id)
    if before is not None:
        query = query.where(RewardGrant.id < before)
    return session.scalars(query.order_by(RewardGrant.id.desc()).limit(limit + 1)).all()
