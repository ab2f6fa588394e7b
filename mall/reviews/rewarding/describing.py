"""A reward for reviews as the rules of compliance see it: it is for any review."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.compliance.campaigns import REVIEWED, Campaign, Reward
from mall.compliance.running import CampaignSource, Running
from mall.reviews.rewarding.models import ReviewReward
from mall.reviews.rewarding.terms import LABELS
from mall.rewards.models import RewardRule

KIND = "review_reward"


def describe(reward: ReviewReward, rule: Any) -> Campaign:
    """Its facts. What is given for stars can't be saved: the terms know none."""
    return Campaign(
        kind=KIND,
        ref=str(reward.id),
        name=LABELS[reward.kind],
        texts=(rule.name, reward.text),
        quantity=rule.budget,
        mechanics=(Reward(REVIEWED, rule.name),),
    )


def _running(session: Session) -> Iterator[Running]:
    rows = session.execute(
        select(ReviewReward, RewardRule)
        .join(RewardRule, RewardRule.id == ReviewReward.rule_id)
        .where(ReviewReward.enabled)
        .execution_options(populate_existing=True)
    )
    for reward, rule in rows:
        yield describe(reward, rule), reward.version


REVIEW_REWARDS = CampaignSource(
    KIND,
    _running,
    "SELECT CAST(id AS text) AS ref, version FROM review_rewards WHERE enabled",
)
