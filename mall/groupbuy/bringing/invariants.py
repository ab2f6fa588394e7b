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
        CROSS JOIN LATERAL (SELECT order_no FROM orders WHERE id = b.order_id LIMIT 1) o
        LEFT JOIN LATERAL (
            SELECT id, activity_id FROM groupbuy_members
            WHERE order_id = b.order_id AND user_id = b.user_id AND team_id = b.team_id
              AND is_new AND paid_at IS NOT NULL LIMIT 1
        ) m ON true
        LEFT JOIN groupbuy_activities a ON a.id = m.activity_id
        LEFT JOIN LATERAL (
            SELECT id, rule_id, user_id, event, ground FROM reward_grants
            WHERE id = b.grant_id LIMIT 1
        ) g ON true
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
              SELECT FROM orders o JOIN groupbuy_brought b ON b.order_id = o.id
              WHERE o.order_no = substr(g.ground, 10) AND b.grant_id = g.id
          )
        """,
    ),
    Invariant(
        "I7s",
        "a leader's reward is given once the order is settled, and gone with the order or the team",
        """
        SELECT b.order_id, b.grant_id, g.status FROM groupbuy_brought b
        CROSS JOIN LATERAL (
            SELECT status, refusal FROM reward_grants WHERE id = b.grant_id LIMIT 1
        ) g
        CROSS JOIN LATERAL (
            SELECT settled_at, closed_at FROM orders WHERE id = b.order_id LIMIT 1
        ) o
        CROSS JOIN LATERAL (
            SELECT status, closed_at FROM groupbuy_teams WHERE id = b.team_id LIMIT 1
        ) t
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
