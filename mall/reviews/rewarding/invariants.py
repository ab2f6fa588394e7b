"""I20r to I20t: a line is rewarded once a kind, for an approved review; what is gone goes back, and
what was promised is given. Events have an hour."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I20r",
        "a reward of a review is a shopper's own, by its rule, for the line and the kind, once",
        """
        SELECT k.review_id, k.kind, k.grant_id FROM review_reward_grants k
        JOIN reviews r ON r.id = k.review_id
        JOIN review_rewards w ON w.id = k.reward_id
        LEFT JOIN reward_grants g ON g.id = k.grant_id
        WHERE k.created_at >= :since AND (
            r.origin <> 'shopper' OR w.kind <> k.kind
            OR (k.grant_id IS NULL) <> (k.attempts = 0)
            OR g.user_id <> r.user_id
            OR g.id IS NOT NULL AND g.ground IS DISTINCT FROM 'review:' || r.id
            OR g.id IS NOT NULL AND g.event NOT IN (
                'review:' || r.order_line_id || ':' || k.kind,
                'review:' || r.order_line_id || ':' || k.kind || ':again:' || k.attempts
            )
        )
        UNION ALL
        SELECT NULL, NULL, g.id FROM reward_grants g
        WHERE g.created_at >= :since AND g.ground LIKE 'review:%'
          AND g.status IN ('pending', 'granted')
          AND NOT EXISTS (SELECT FROM review_reward_grants k WHERE k.grant_id = g.id)
        """,
    ),
    Invariant(
        "I20s",
        "a reward stands on a review that is approved, of an order that wasn't refunded, and"
        " featured if that is rewarded",
        """
        SELECT k.review_id, k.kind, g.status, r.status AS review_status FROM review_reward_grants k
        CROSS JOIN LATERAL (SELECT * FROM reward_grants WHERE id = k.grant_id LIMIT 1) g
        CROSS JOIN LATERAL (SELECT * FROM reviews WHERE id = k.review_id LIMIT 1) r
        WHERE k.created_at >= :since AND g.status IN ('pending', 'granted')
          AND (r.status IN ('refused', 'hidden', 'deleted') OR r.order_refunded
               OR k.kind = 'featured' AND NOT r.featured)
          AND r.changed_at < clock_timestamp() - interval '1 hour'
        """,
    ),
    Invariant(
        "I20t",
        "a promised reward of a review is given once its order is settled",
        """
        SELECT k.review_id, k.kind, g.id AS grant_id FROM review_reward_grants k
        CROSS JOIN LATERAL (
            SELECT id FROM reward_grants
            WHERE id = k.grant_id AND status = 'pending' AND refusal IS NULL LIMIT 1
        ) g
        CROSS JOIN LATERAL (SELECT order_id FROM reviews WHERE id = k.review_id LIMIT 1) r
        CROSS JOIN LATERAL (SELECT settled_at FROM orders WHERE id = r.order_id LIMIT 1) o
        WHERE k.created_at >= :since AND o.settled_at < clock_timestamp() - interval '1 hour'
        """,
    ),
)
