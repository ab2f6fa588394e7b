"""Rewards for reviews."""

from __future__ import annotations

from mall.aftersales.events import OrderSettled
from mall.compliance.running import CAMPAIGN_SOURCES
from mall.kernel.features import Mall
from mall.messages.kinds import KINDS
from mall.reviews.rewarding import admin, jobs, metrics, routes
from mall.reviews.rewarding.attention import REFUSED
from mall.reviews.rewarding.describing import REVIEW_REWARDS
from mall.reviews.rewarding.handlers import follow_review, give_promised
from mall.reviews.rewarding.invariants import INVARIANTS
from mall.reviews.rewarding.reward_message import REVIEW_REWARD
from mall.reviews.rewarding.settings import SETTINGS as OWN
from mall.reviews.writing.events import ReviewChanged
from mall.settings import SETTINGS


def install(mall: Mall) -> None:
    """Declare rewards for reviews."""
    mall.blueprints(routes.blp, admin.blp)
    mall.permissions({"review_reward:read": "查看评价奖励", "review_reward:write": "管理评价奖励"})
    mall.jobs(jobs)
    mall.on(ReviewChanged, "reviews.reward_review", follow_review)
    mall.on(OrderSettled, "reviews.give_promised_rewards", give_promised)
    mall.add(SETTINGS, *OWN)
    mall.add(KINDS, REVIEW_REWARD)
    mall.add(CAMPAIGN_SOURCES, REVIEW_REWARDS)
    mall.metrics(metrics)
    mall.invariants(*INVARIANTS)
    mall.attention(REFUSED)
