"""The demo shop's rewards for reviews: by what they say and show."""

from __future__ import annotations

from mall.kernel.db import transaction
from mall.reviews.rewarding.admin_schemas import ReviewRewardInSchema
from mall.reviews.rewarding.defining import create_reward, rewards
from mall.reviews.rewarding.terms import PICTURE, QUALITY
from mall.rewards.commands import create_rule
from mall.rewards.schemas import RewardRuleInSchema

BUDGET, DAILY_CAP = 10_000, 5
# Kind, points, what shoppers read, and the terms.
OFFERS = (
    (
        QUALITY,
        200,
        "写满 50 个有效字并晒 3 张不同的实拍图，审核通过后得 200 积分，与评分无关",
        {"min_characters": 50, "min_pictures": 3},
    ),
    (
        PICTURE,
        10,
        "每张实拍图 10 积分，最多 5 张，与评分无关",
        {"min_characters": 10, "at_most": 5},
    ),
)


def offer_rewards() -> int:
    """Rewards for quality and for pictures; how many were made."""
    with transaction() as session:
        if rewards(session):
            return 0
    for kind, points, text, terms in OFFERS:
        body = {
            "name": f"评价奖励：{points} 积分",
            "reward": [{"kind": "points", "count": points}],
            "budget": BUDGET,
            "daily_cap": DAILY_CAP,
        }
        rule_id = create_rule(**RewardRuleInSchema().load(body)).id
        more = {"kind": kind, "rule_id": str(rule_id), "text": text}
        create_reward(ReviewRewardInSchema().load({**more, **terms}))
    return len(OFFERS)
