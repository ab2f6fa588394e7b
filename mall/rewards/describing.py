"""A reward rule as the rules of compliance see it: what it is called, and how much it gives.

For what it is given, the feature that names the rule says of itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.compliance.campaigns import Campaign
from mall.compliance.running import CampaignSource, Running
from mall.rewards.models import RewardRule

KIND = "reward_rule"


def running(session: Session) -> Iterator[Running]:
    """Rules that are enabled."""
    for rule in session.scalars(
        select(RewardRule).where(RewardRule.enabled).execution_options(populate_existing=True)
    ):
        yield describe(rule), rule.version


REWARD_RULES = CampaignSource(
    KIND,
    running,
    "SELECT CAST(id AS text) AS ref, version FROM reward_rules WHERE enabled AND version > 1",
)


def describe(rule: RewardRule) -> Campaign:
    """The facts of a rule."""
    return Campaign(kind=KIND, ref=str(rule.id), name=rule.name, quantity=rule.budget)
