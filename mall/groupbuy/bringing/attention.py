"""What of leaders' rewards needs somebody."""

from __future__ import annotations

from sqlalchemy import BigInteger, Text, text

from mall.kernel.invariants import AttentionList

# Staff may give it by hand, for the same event.
REFUSED = AttentionList(
    "refused_leader_rewards",
    "leaders who got nothing for a new customer, since the rule refused",
    "带来新客但规则拒绝奖励的团长",
    text(
        """
        SELECT b.rule_id, b.refusal, b.leader_id, b.team_id, b.order_id,
            'groupbuy:new:' || o.order_no AS event
        FROM groupbuy_brought b JOIN orders o ON o.id = b.order_id
        WHERE b.refusal IS NOT NULL AND b.refusal <> 'account_closed' AND o.status <> 'closed'
          AND NOT EXISTS (
              SELECT FROM reward_grants g WHERE g.rule_id = b.rule_id AND g.user_id = b.leader_id
                AND g.event = 'groupbuy:new:' || o.order_no
          )
        ORDER BY b.order_id
        """
    ).columns(
        rule_id=BigInteger,
        refusal=Text,
        leader_id=BigInteger,
        team_id=BigInteger,
        order_id=BigInteger,
        event=Text,
    ),
)
