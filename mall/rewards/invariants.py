"""I9: rewards are given once, within their budgets."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I9a",
        "one reward a (rule, event, shopper), within the rule's budget",
        """
        SELECT rule_id, event, user_id, count(*) AS times, NULL AS granted, NULL AS budget
        FROM reward_grants
        WHERE rule_id IN (SELECT rule_id FROM reward_grants WHERE created_at >= :since)
        GROUP BY rule_id, event, user_id HAVING count(*) > 1
        UNION ALL
        SELECT r.id, NULL, NULL, count(g.id), r.granted, r.budget
        FROM reward_rules r
        LEFT JOIN reward_grants g ON g.rule_id = r.id AND g.status = 'granted'
        WHERE r.created_at >= :since OR r.id IN (
            SELECT rule_id FROM reward_grants WHERE created_at >= :since
        )
        GROUP BY r.id HAVING count(g.id) <> r.granted OR r.granted > r.budget
        """,
    ),
    Invariant(
        "I9b",
        "a shopper's day counts the rewards of that day",
        """
        SELECT coalesce(d.rule_id, g.rule_id) AS rule_id, coalesce(d.user_id, g.user_id) AS user_id,
               coalesce(d.day, g.day) AS day, d.granted, g.times
        FROM reward_days d
        FULL JOIN (
            SELECT rule_id, user_id, day, count(*) AS times FROM reward_grants
            GROUP BY rule_id, user_id, day
        ) g ON (g.rule_id, g.user_id, g.day) = (d.rule_id, d.user_id, d.day)
        WHERE d.granted IS DISTINCT FROM g.times
          AND coalesce(d.day, g.day) >= CAST(CAST(:since AS timestamptz) AS date)
        """,
    ),
)
