"""I9, I10: coupons are given, used and given back once."""

from __future__ import annotations

from mall.kernel.invariants import Invariant
from mall.orders.refunding import REFUNDED_IN_FULL

# The orders that were priced with a coupon: one row an order and coupon.
_WITH_COUPON = f"""
    SELECT DISTINCT o.id AS order_id, o.order_no, o.user_id, o.status,
           o.paid_at, {REFUNDED_IN_FULL} AS refunded,
           CAST(split_part(a.source, ':', 2) AS bigint) AS coupon_id
    FROM order_adjustments a JOIN orders o ON o.id = a.order_id
    WHERE a.source ~ '^(coupon|voucher):[0-9]+$' AND o.created_at >= :since
"""  # noqa: S608

INVARIANTS = (
    Invariant(
        "I9c",
        "a reward that was taken back holds no coupon that can be used",
        """
        WITH given AS (
            SELECT g.id AS grant_id, g.user_id, p.position, p.taken_back, p.debt,
                   CAST(unnest(string_to_array(p.receipt, ',')) AS bigint) AS coupon_id
            FROM reward_grants g JOIN reward_parts p ON p.grant_id = g.id
            WHERE g.created_at >= :since AND p.kind = 'coupon'
        )
        SELECT w.grant_id, w.position, w.taken_back, w.debt, count(c.revoked_at) AS revoked,
               count(*) FILTER (WHERE c.status = 'revoked') AS gone
        FROM given w LEFT JOIN coupons c ON c.id = w.coupon_id AND c.user_id = w.user_id
        GROUP BY w.grant_id, w.position, w.taken_back, w.debt
        HAVING count(*) <> count(c.id) OR count(c.revoked_at) <> w.taken_back + w.debt
            OR count(*) FILTER (WHERE c.status = 'revoked') < w.taken_back
        """,
    ),
    Invariant(
        "I10a",
        "a coupon serves one order at most, which holds it: its own shopper's",
        f"""
        SELECT w.order_no, w.coupon_id, c.order_id AS held_by, c.status
        FROM ({_WITH_COUPON}) w
        LEFT JOIN coupons c ON c.id = w.coupon_id
        WHERE (c.id IS NULL OR c.user_id <> w.user_id OR c.order_id IS DISTINCT FROM w.order_id)
          AND w.status <> 'closed'
          AND NOT (w.paid_at IS NOT NULL AND w.refunded)
        UNION ALL
        SELECT o.order_no, c.id, c.order_id, c.status
        FROM coupons c JOIN orders o ON o.id = c.order_id
        LEFT JOIN ({_WITH_COUPON}) w ON w.order_id = o.id AND w.coupon_id = c.id
        WHERE w.order_id IS NULL AND o.created_at >= :since
        """,  # noqa: S608
    ),
    Invariant(
        "I10b",
        "claims stay within a template's total and a shopper's limit, each with its coupon",
        """
        SELECT t.id AS template_id, NULL AS user_id, t.claimed, count(c.id) AS coupons
        FROM coupon_templates t LEFT JOIN coupons c ON c.template_id = t.id
        WHERE t.created_at >= :since OR t.id IN (
            SELECT template_id FROM coupons WHERE created_at >= :since
        )
        GROUP BY t.id HAVING count(c.id) <> t.claimed OR t.claimed > t.total_limit
        UNION ALL
        SELECT coalesce(h.template_id, c.template_id), coalesce(h.user_id, c.user_id), h.claimed,
               c.coupons
        FROM coupon_holdings h
        FULL JOIN (
            SELECT template_id, user_id, count(*) AS coupons FROM coupons
            WHERE way <> 'reward' GROUP BY template_id, user_id
        ) c ON (c.template_id, c.user_id) = (h.template_id, h.user_id)
        WHERE h.claimed IS DISTINCT FROM c.coupons
          AND coalesce(h.template_id, c.template_id) IN (
              SELECT id FROM coupon_templates WHERE created_at >= :since
              UNION SELECT template_id FROM coupons WHERE created_at >= :since
          )
        """,
    ),
    Invariant(
        "I10c",
        "an order that was closed unpaid has given its coupon back; an unpaid one hasn't used it",
        """
        SELECT o.order_no, o.status, c.id AS coupon_id, c.status AS coupon_status
        FROM coupons c JOIN orders o ON o.id = c.order_id
        WHERE o.created_at >= :since AND o.paid_at IS NULL
          AND (o.status = 'closed' OR c.status = 'used')
        """,
    ),
    Invariant(
        "I10d",
        "a code gives one coupon, of its own template",
        """
        SELECT k.id AS code_id, k.coupon_id, c.template_id, c.way
        FROM coupon_codes k
        JOIN coupon_batches b ON b.id = k.batch_id
        JOIN coupons c ON c.id = k.coupon_id
        WHERE c.created_at >= :since AND (c.template_id <> b.template_id OR c.way <> 'code')
        """,
    ),
)
