"""I9: rewards are given once, within their budgets, and what came back adds up."""

from __future__ import annotations

from mall.kernel.clock import SHOP_ZONE
from mall.kernel.invariants import Invariant
from mall.rewards.states import EVERY_STEP, OPEN

_STEPS = ", ".join(f"('{old}', '{new}')" for old, new in sorted(EVERY_STEP))
# Whole days only: of the day on which the frequent run begins, it sees half.
_SINCE_DAY = f"CAST(timezone('{SHOP_ZONE.key}', :since) AS date)"
_OPEN = ", ".join(f"'{state}'" for state in OPEN)

INVARIANTS = (
    Invariant(
        "I9a",
        "one reward a (rule, event, shopper); a rule's budget is used by its grants, within bounds",
        """
        SELECT rule_id, id AS grant_id, event, user_id,
               NULL AS recount, NULL AS used, NULL AS budget
        FROM reward_grants g
        WHERE created_at >= :since AND EXISTS (
            SELECT 1 FROM reward_grants o
            WHERE (o.rule_id, o.event, o.user_id) = (g.rule_id, g.event, g.user_id) AND o.id <> g.id
        )
        UNION ALL
        SELECT r.id, NULL, NULL, NULL, g.used, r.used, r.budget
        FROM reward_rules r
        CROSS JOIN LATERAL (
            SELECT CASE WHEN :most >= (
                SELECT count(*) FROM (
                    SELECT FROM reward_grants WHERE rule_id = r.id LIMIT :most + 1
                ) grants
            ) THEN (
                SELECT coalesce(sum(budget_used), 0) FROM reward_grants WHERE rule_id = r.id
            ) END AS used
            OFFSET 0
        ) g
        WHERE (r.budget IS NOT NULL OR r.used <> 0) AND (r.created_at >= :since OR r.id IN (
            SELECT rule_id FROM reward_grants WHERE created_at >= :since
        )) AND (g.used <> r.used OR r.used > r.budget)
        """,
    ),
    Invariant(
        "I9b",
        "a shopper's day counts the rewards of that day",
        f"""
        SELECT coalesce(d.rule_id, g.rule_id) AS rule_id, coalesce(d.user_id, g.user_id) AS user_id,
               coalesce(d.day, g.day) AS day, d.granted, g.times
        FROM (SELECT * FROM reward_days WHERE day > {_SINCE_DAY}) d
        FULL JOIN (
            SELECT rule_id, user_id, day, count(*) AS times FROM reward_grants
            WHERE created_at >= :since AND day > {_SINCE_DAY} GROUP BY rule_id, user_id, day
        ) g ON (g.rule_id, g.user_id, g.day) = (d.rule_id, d.user_id, d.day)
        WHERE d.granted IS DISTINCT FROM g.times
        """,  # noqa: S608
    ),
    Invariant(
        "I9d",
        "a reward is given when it is granted, all back or owed when reversed, never given before",
        """
        SELECT g.id AS grant_id, g.status, p.position, p.count, p.taken_back, p.debt,
               p.receipt IS NOT NULL AS given
        FROM reward_grants g
        LEFT JOIN LATERAL (SELECT * FROM reward_parts WHERE grant_id = g.id OFFSET 0) p ON true
        WHERE g.created_at >= :since AND (
            p.grant_id IS NULL
            OR p.taken_back + p.debt > p.count
            OR p.receipt IS NULL AND p.debt > 0
            OR g.status = 'granted' AND p.receipt IS NULL AND p.taken_back < p.count
            OR g.status = 'reversed' AND p.taken_back + p.debt <> p.count
            OR g.status = 'pending' AND p.receipt IS NOT NULL
            OR g.status = 'canceled' AND (p.receipt IS NOT NULL OR p.taken_back <> p.count)
        )
        """,
    ),
    Invariant(
        "I9e",
        "a reward's history is a path of its states and adds up to what came back",
        f"""
        WITH steps AS (
            SELECT s.*, g.status, lag(s.to_status) OVER one AS before,
                   lead(s.id) OVER one IS NULL AS last
            FROM reward_grants g
            CROSS JOIN LATERAL (SELECT * FROM reward_steps WHERE grant_id = g.id OFFSET 0) s
            WHERE g.created_at >= :since WINDOW one AS (PARTITION BY s.grant_id ORDER BY s.id)
        )
        SELECT s.grant_id, s.status, s.id AS step_id, s.from_status, s.to_status
        FROM steps s
        WHERE s.before IS NULL AND s.from_status NOT IN ({_OPEN})
           OR s.before <> s.from_status
           OR s.last AND s.to_status <> s.status
           OR NOT ((s.from_status, s.to_status) IN ({_STEPS})
                   OR s.from_status = s.to_status AND s.taken <> '[]')
        UNION ALL
        SELECT g.id, g.status, NULL, NULL, NULL FROM reward_grants g
        WHERE g.created_at >= :since AND g.status NOT IN ({_OPEN})
          AND 0 = (SELECT count(*) FROM reward_steps s WHERE s.grant_id = g.id)
        UNION ALL
        SELECT p.grant_id, NULL, NULL, CAST(p.taken_back AS text), CAST(p.debt AS text)
        FROM reward_grants g
        CROSS JOIN LATERAL (SELECT * FROM reward_parts WHERE grant_id = g.id OFFSET 0) p
        LEFT JOIN LATERAL (
            SELECT sum(t.taken_back) AS taken_back, sum(t.debt) AS debt
            FROM reward_steps s
            CROSS JOIN LATERAL jsonb_to_recordset(s.taken)
                AS t(position int, taken_back bigint, debt bigint)
            WHERE s.grant_id = p.grant_id AND t.position = p.position
        ) taken ON true
        WHERE g.created_at >= :since
          AND (p.taken_back, p.debt)
              <> (coalesce(taken.taken_back, 0), coalesce(taken.debt, 0))
        """,  # noqa: S608
    ),
)
