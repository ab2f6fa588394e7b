"""What a reward rule gives, as it is copied when something names it."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from mall.games.communities.errors import CommunityRuleBounded, CommunityRuleUnknown
from mall.rewards.copying import copied_rules
from mall.rewards.granters import write_reward


def reward_of(session: Session, rule_id: int, *, unbounded: bool = False) -> list[dict[str, Any]]:
    """The reward of a rule that is enabled, and with `unbounded` has neither budget nor daily cap.

    Raises CommunityRuleUnknown, CommunityRuleBounded.
    """
    rule = copied_rules(session, [rule_id]).get(rule_id)
    if rule is None:
        raise CommunityRuleUnknown(param="rule_id")
    if unbounded and rule.is_bounded:
        raise CommunityRuleBounded(param="rule_id")
    return write_reward(rule.reward)
