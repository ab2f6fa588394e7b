"""I7r to I7t: a leader's reward is for another, new customer, follows the order, and none is
forgotten. Events have an hour."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I7r",
        "a leader's reward is for the paid seat of another, new customer, by the activity's rule",
        """
        SELECT b.order_id, b.team_id, b.grant_id FROM groupbuy_brought b
        JOIN orders o ON o.id = b.order_id
        LEFT JOIN groupbuy_members m ON m.order_id = b.order_id AND m.user_id = b.user_id
            AND m.team_id = b.team_id AND m.is_new AND m.paid_at IS NOT NULL
        LEFT JOIN groupbuy_activities a ON a.id = m.activity_id
        LEFT JOIN reward_grants g ON g.id = b.grant_id
        WHERE b.created_at >= :since AND (
            m.id IS NULL OR b.leader_id = b.user_id OR a.leader_rule_id IS DISTINCT FROM b.rule_id
            OR (b.grant_id IS NULL) = (b.refusal IS NULL)
            OR g.rule_id <> b.rule_id OR g.user_id <> b.leader_id
            OR g.event <> 'groupbuy:new:' || o.order_no
            OR g.id IS NOT NULL AND g.ground IS DISTINCT FROM 'groupbuy:' || o.order_no
        )
        UNION ALL
        SELECT NULL, NULL, g.id FROM reward_grants g
        WHERE g.created_at >= :since AND g.event LIKE 'groupbuy:new:%'
          AND g.ground LIKE 'groupbuy:%'
          AND NOT EXISTS (
              SELECT FROM groupbuy_brought b JOIN orders o ON o.id = b.order_id
              WHERE b.grant_id = g.id AND g.ground = 'groupbuy:' || o.order_no
          )
        """,
    ),
    Invariant(
        "I7s",
        "a leader's reward is given once the order is settled, and gone with the order or the team",
        """
        SELECT b.order_id, b.grant_id, g.status FROM groupbuy_brought b
        JOIN reward_grants g ON g.id = b.grant_id
        JOIN orders o ON o.id = b.order_id JOIN groupbuy_teams t ON t.id = b.team_id
        WHERE b.created_at >= :since AND (
            (g.status = 'granted' AND o.settled_at IS NULL)
            OR (g.status = 'pending' AND g.refusal IS NULL
                AND o.settled_at < clock_timestamp() - interval '1 hour')
            OR (g.status IN ('pending', 'granted') AND (
                o.closed_at < clock_timestamp() - interval '1 hour'
                OR t.status = 'failed' AND t.closed_at < clock_timestamp() - interval '1 hour'))
        )
        """,
    ),
    Invariant(
        "I7t",
        "each new customer with a seat of a team that others lead is counted for a leader",
        """
        SELECT m.order_id, m.team_id FROM groupbuy_members m
        JOIN groupbuy_activities a ON a.id = m.activity_id AND a.leader_rule_id IS NOT NULL
        WHERE m.created_at >= :since AND m.is_new AND m.seat
          AND m.paid_at < clock_timestamp() - interval '1 hour'
          AND EXISTS (
              SELECT FROM groupbuy_members f
              WHERE f.team_id = m.team_id AND f.paid_at < m.paid_at
          )
          AND NOT EXISTS (SELECT FROM groupbuy_brought b WHERE b.user_id = m.user_id)
          AND NOT EXISTS (
              SELECT FROM order_lines l WHERE l.order_id = m.order_id AND l.refunded_quantity > 0
          )
          AND NOT EXISTS (
              SELECT FROM groupbuy_teams t WHERE t.id = m.team_id AND t.status = 'failed'
          )
        """,
    ),
)
