"""What of ladders needs somebody."""

from __future__ import annotations

from sqlalchemy import BigInteger, Text, text

from mall.kernel.invariants import AttentionList

# Tried again each day, and at once when staff ask for it.
REFUSED_LADDERS = AttentionList(
    "refused_ladder_rewards",
    "steps of ladders that were reached and got nothing, since the reward rule refused",
    "已达成但规则拒绝的阶梯奖励",
    text(
        """
        SELECT l.campaign_id, r.rule_id, l.refusal, count(*) AS steps
        FROM ladder_grants l
        JOIN ladder_rungs r ON r.campaign_id = l.campaign_id AND r.version = l.version
            AND r.position = l.position
        WHERE l.refusal IS NOT NULL AND l.refusal <> 'account_closed'
        GROUP BY l.campaign_id, r.rule_id, l.refusal
        ORDER BY count(*) DESC, l.campaign_id, r.rule_id, l.refusal
        """
    ).columns(campaign_id=BigInteger, rule_id=BigInteger, refusal=Text, steps=BigInteger),
)
