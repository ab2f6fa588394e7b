"""Rules that a campaign copies: what it publishes stays, whatever becomes of the rule."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.rewards.granters import Reward, read_reward
from mall.rewards.models import RewardRule


@dataclass(frozen=True, slots=True)
class CopiedRule:
    """What a rule gives. `is_bounded`: it has a budget or a daily cap of its own, so that what a
    campaign promised might be refused."""

    name: str
    reward: Reward
    is_bounded: bool


def copied_rules(session: Session, rule_ids: Collection[int]) -> dict[int, CopiedRule]:
    """The rules of these ids that aren't paused, by id; others are left out."""
    rows = session.execute(
        select(
            *(RewardRule.id, RewardRule.name, RewardRule.reward),
            *(RewardRule.budget, RewardRule.daily_cap),
        ).where(RewardRule.id.in_(rule_ids), RewardRule.enabled)
    )
    return {
        row.id: CopiedRule(
            row.name,
            read_reward(row.reward),
            row.budget is not None or row.daily_cap is not None,
        )
        for row in rows
    }
