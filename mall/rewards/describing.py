"""A reward rule as the rules of compliance see it: what it is called, and how much it gives.

For what it is given, the feature that names the rule says of itself.
"""

from __future__ import annotations

from mall.compliance.campaigns import Campaign
from mall.rewards.models import RewardRule


def describe(rule: RewardRule) -> Campaign:
    """The facts of a rule."""
    return Campaign(kind="reward_rule", ref=str(rule.id), name=rule.name, quantity=rule.budget)
