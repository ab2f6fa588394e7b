"""I86: hidden coupons are claimed once, missions count their facts, members get rewards once."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I86a",
        "a hidden coupon counts its claims, each with the reward of its shopper",
        """
        SELECT h.id AS hidden_coupon_id, h.used, c.claims, NULL AS user_id
        FROM hidden_coupons h
        CROSS JOIN LATERAL (
            SELECT count(*) AS claims FROM (
                SELECT FROM hidden_coupon_claims WHERE hidden_coupon_id = h.id LIMIT :most + 1
            ) its
        ) c
        WHERE (h.created_at >= :since OR h.id IN (
            SELECT hidden_coupon_id FROM hidden_coupon_claims WHERE created_at >= :since
        )) AND (c.claims <= :most AND c.claims <> h.used OR h.used > h.places)
        UNION ALL
        SELECT c.hidden_coupon_id, NULL, NULL, c.user_id
        FROM hidden_coupon_claims c
        WHERE c.created_at >= :since AND 0 = (
            SELECT count(*) FROM reward_grants g
            WHERE g.id = c.grant_id AND g.user_id = c.user_id
              AND g.event = 'hidden_coupon:' || c.hidden_coupon_id
        )
        """,
    ),
    Invariant(
        "I86b",
        "a mission's total is the sum of its facts, and it is reached when that comes to the"
        " target, unless it is paused",
        """
        SELECT m.id AS mission_id, m.total, f.total AS facts_total, m.target, m.reached_at
        FROM community_missions m
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(worth), 0) AS total, count(*) AS facts FROM (
                SELECT worth FROM community_facts WHERE mission_id = m.id LIMIT :most + 1
            ) its
        ) f
        WHERE (m.created_at >= :since OR m.id IN (
            SELECT mission_id FROM community_facts WHERE created_at >= :since
        )) AND (
            f.facts <= :most AND f.total <> m.total
            OR (m.total >= m.target AND NOT m.paused) <> (m.reached_at IS NOT NULL)
        )
        """,
    ),
    Invariant(
        "I86c",
        "who counted for a mission that was reached has a reward of it, nobody else does, and what"
        " was given is that shopper's",
        """
        SELECT f.mission_id, f.user_id, 'no reward' AS fault
        FROM community_facts f JOIN community_missions m ON m.id = f.mission_id
        WHERE f.created_at >= :since AND f.worth > 0 AND m.reached_at IS NOT NULL AND 0 = (
            SELECT count(*) FROM community_rewards r
            WHERE r.mission_id = f.mission_id AND r.user_id = f.user_id
        )
        UNION ALL
        SELECT r.mission_id, r.user_id, 'nothing counted'
        FROM community_rewards r JOIN community_missions m ON m.id = r.mission_id
        WHERE r.created_at >= :since AND (m.reached_at IS NULL OR 0 = (
            SELECT count(*) FROM community_facts f
            WHERE f.mission_id = r.mission_id AND f.user_id = r.user_id AND f.worth > 0
        ))
        UNION ALL
        SELECT r.mission_id, r.user_id, 'another grant'
        FROM community_rewards r
        WHERE r.created_at >= :since AND r.grant_id IS NOT NULL AND 0 = (
            SELECT count(*) FROM reward_grants g
            WHERE g.id = r.grant_id AND g.user_id = r.user_id
              AND g.event = 'community_mission:' || r.mission_id
        )
        """,
    ),
)
