"""I9f to I9h: a step has one reward at a time, where the invites say, and only one that we wrote.

Jobs have an hour. What staff took back by hand stays back, and a closed account gets nothing.
"""

from __future__ import annotations

from mall.kernel.invariants import Invariant

_STEPS = """
    SELECT l.id, l.campaign_id, l.position, l.step, l.user_id, l.invite_id, l.grant_id, l.refusal,
        l.created_at, r.side, r.rule_id, r.threshold * l.step AS needed, g.status,
        g.refusal AS grant_refusal, v.starts_at,
        least(v.ends_at, coalesce(c.stopped_at, v.ends_at)) AS until
    FROM ladder_grants l
    JOIN ladder_campaigns c ON c.id = l.campaign_id
    JOIN ladder_versions v ON v.campaign_id = c.id AND v.version = c.version
    JOIN ladder_rungs r ON r.campaign_id = l.campaign_id AND r.version = l.version
        AND r.position = l.position
    LEFT JOIN reward_grants g ON g.id = l.grant_id
    WHERE l.created_at >= :since
"""
# What each step counts now: invites of the campaign, or the orders of one invite.
_COUNTED = f"""
    SELECT s.*, n.counted, n.firm, n.changed_at
    FROM ({_STEPS}) s CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE i.status <> 'void') AS counted,
            count(*) FILTER (WHERE i.status = 'qualified') AS firm,
            max(i.changed_at) AS changed_at
        FROM referral_invites i JOIN orders o ON o.id = i.order_id
        WHERE i.inviter_id = s.user_id AND o.paid_at >= s.starts_at AND o.paid_at < s.until
    ) n
    WHERE s.side = 'inviter'
    UNION ALL
    SELECT s.*, CASE WHEN i.status = 'void' THEN 0 ELSE greatest(1, i.orders_settled) END,
        CASE WHEN i.status = 'qualified' THEN i.orders_settled ELSE 0 END, i.changed_at
    FROM ({_STEPS}) s JOIN referral_invites i ON i.id = s.invite_id
    WHERE s.side <> 'inviter'
"""  # noqa: S608 - SQL of our own
_STEP_OF_GRANT = r"CAST(substring(g.ground FROM '^ladder:(\d{1,18})$') AS bigint)"
INVARIANTS = (
    Invariant(
        "I9f",
        "a step of a ladder has at most one reward at a time, by the rung's rule, for its shopper",
        f"""
        SELECT s.id AS ladder_grant_id, s.user_id, g.id AS grant_id, g.status
        FROM ({_STEPS}) s CROSS JOIN LATERAL (
            SELECT * FROM reward_grants WHERE ground = 'ladder:' || s.id OFFSET 0
        ) g
        WHERE g.rule_id <> s.rule_id OR g.user_id <> s.user_id
           OR (g.status IN ('pending', 'granted') AND g.id IS DISTINCT FROM s.grant_id)
        UNION ALL
        SELECT NULL, g.user_id, g.id, g.status FROM reward_grants g
        WHERE g.created_at >= :since AND g.ground LIKE 'ladder:%'
          AND NOT EXISTS (
              SELECT FROM ladder_grants l
              WHERE g.ground = 'ladder:' || l.id AND l.id = {_STEP_OF_GRANT}
          )
        UNION ALL
        SELECT min(l.id), l.user_id, NULL, NULL FROM ladder_grants l
        WHERE l.created_at >= :since
        GROUP BY l.campaign_id, l.position, l.user_id, l.invite_id, l.step
        HAVING count(*) > 1
        """,  # noqa: S608
    ),
    Invariant(
        "I9g",
        "the reward of a step is given, promised or gone as the invites stand",
        f"""
        SELECT p.id AS ladder_grant_id, p.needed, p.counted, p.firm, p.status
        FROM ({_COUNTED}) p
        WHERE greatest(p.changed_at, p.created_at) < clock_timestamp() - interval '1 hour'
          AND p.refusal IS NULL AND p.grant_refusal IS NULL
          AND (CASE WHEN p.status IN ('pending', 'granted') THEN p.status END) IS DISTINCT FROM
              (CASE WHEN p.firm >= p.needed THEN 'granted'
                    WHEN p.counted >= p.needed THEN 'pending' END)
          AND NOT EXISTS (
              SELECT FROM reward_steps s WHERE s.grant_id = p.grant_id AND s.cause = 'staff'
          )
          AND NOT EXISTS (SELECT FROM users u WHERE u.id = p.user_id AND u.closed_at IS NOT NULL)
        """,  # noqa: S608
    ),
    Invariant(
        "I9h",
        "the reward for an invitee's orders is the inviter's or the invitee's, as the rung says",
        f"""
        SELECT s.id AS ladder_grant_id, s.side, s.invite_id, s.user_id
        FROM ({_STEPS}) s LEFT JOIN referral_invites i ON i.id = s.invite_id
        WHERE (s.side = 'inviter') <> (s.invite_id IS NULL)
           OR s.side = 'per_invitee' AND i.inviter_id IS DISTINCT FROM s.user_id
           OR s.side = 'invitee' AND i.invitee_id IS DISTINCT FROM s.user_id
        """,  # noqa: S608
    ),
)
