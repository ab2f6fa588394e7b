"""What of rewards for reviews needs somebody."""

from __future__ import annotations

from sqlalchemy import BigInteger, Text, text

from mall.kernel.invariants import AttentionList

# Tried again each day.
REFUSED = AttentionList(
    "refused_review_rewards",
    "reviews that earned a reward and got nothing, since the reward rule refused",
    "应得而规则拒绝奖励的评价",
    text(
        """
        SELECT kind, reward_id, refusal, count(*) AS reviews
        FROM review_reward_grants
        WHERE refusal IS NOT NULL AND refusal <> 'account_closed'
        GROUP BY kind, reward_id, refusal
        ORDER BY count(*) DESC, kind, reward_id, refusal
        """
    ).columns(kind=Text, reward_id=BigInteger, refusal=Text, reviews=BigInteger),
)
