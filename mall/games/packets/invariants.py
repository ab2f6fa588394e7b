"""I85: packets are coupons of their campaign, and worth what their check-ins make of them."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I85a",
        "a packet is one coupon of its shopper and of its campaign's template, worth what the"
        " table says for its check-ins",
        """
        SELECT p.campaign_id, p.user_id, p.check_ins, c.amount_fen, c.template_id
        FROM packets p JOIN packet_campaigns g ON g.id = p.campaign_id
        CROSS JOIN LATERAL (
            SELECT user_id, template_id, amount_fen FROM coupons WHERE id = p.coupon_id LIMIT 1
        ) c
        WHERE p.created_at >= :since AND (
            c.user_id <> p.user_id OR c.template_id IS DISTINCT FROM g.template_id
            OR c.amount_fen <> CAST(
                g.values_fen ->> CAST(
                    least(p.check_ins, jsonb_array_length(g.values_fen) - 1) AS int
                ) AS bigint
            )
        )
        """,
    ),
    Invariant(
        "I85b",
        "a packet counts the check-ins of its shopper from its opening to the end of the warm-up",
        """
        SELECT p.campaign_id, p.user_id, p.check_ins, k.done, k.heard
        FROM packets p JOIN packet_campaigns g ON g.id = p.campaign_id
        CROSS JOIN LATERAL (
            SELECT count(*) AS done,
                   count(*) FILTER (WHERE k.created_at < now() - interval '1 hour') AS heard
            FROM check_ins k
            WHERE k.user_id = p.user_id AND NOT k.made_up
              AND k.day BETWEEN p.opened_on AND g.warm_last
              AND k.created_at <= coalesce(g.ended_at, 'infinity')
        ) k
        CROSS JOIN LATERAL (SELECT closed_at FROM users WHERE id = p.user_id LIMIT 1) u
        WHERE p.created_at >= :since AND u.closed_at IS NULL
          AND p.check_ins NOT BETWEEN k.heard AND k.done
        """,
    ),
    Invariant(
        "I85c",
        "each coupon of a campaign has its packet, opened in the warm-up, and they fit the budget",
        """
        SELECT g.id AS campaign_id, t.claimed, t.total_limit, NULL AS coupon_id
        FROM packet_campaigns g JOIN coupon_templates t ON t.id = g.template_id
        WHERE t.claimed > coalesce(g.packets, t.claimed)
           OR t.claimed * CAST(g.values_fen ->> -1 AS bigint) > g.budget_fen
           OR t.amount_fen <> CAST(g.values_fen ->> -1 AS bigint)
        UNION ALL
        SELECT g.id, NULL, NULL, c.id
        FROM coupons c JOIN packet_campaigns g ON g.template_id = c.template_id
        WHERE c.created_at >= :since AND c.way = 'feature' AND 0 = (
            SELECT count(*) FROM packets p
            WHERE p.coupon_id = c.id AND p.opened_on BETWEEN g.warm_first AND g.warm_last
        )
        """,
    ),
)
