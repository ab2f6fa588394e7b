"""What a reward rule gives, as it is copied when something names it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.games.communities.errors import CommunityRuleBounded, CommunityRuleUnknown
from mall.rewards.models import RewardRule


def reward_of(session: Session, rule_id: int, *, unbounded: bool = False) -> list[dict[str, Any]]:
    """The reward of a rule that is enabled, and with `unbounded` has neither budget nor daily cap.

    Raises CommunityRuleUnknown, CommunityRuleBounded.
    """
    rule = session.execute(
        select(RewardRule.reward, RewardRule.budget, RewardRule.daily_cap).where(
            RewardRule.id == rule_id, RewardRule.enabled
        )
    ).one_or_none()
    if rule is None:
        raise CommunityRuleUnknown(param="rule_id")
    if unbounded and (rule.budget is not None or rule.daily_cap is not None):
        raise CommunityRuleBounded(param="rule_id")
    return list(rule.reward)
