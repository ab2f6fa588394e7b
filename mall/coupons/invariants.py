"""I9, I10: coupons are given, used and given back once."""

from __future__ import annotations

from mall.kernel.invariants import Invariant
from mall.orders.refunding import REFUNDED_IN_FULL

# The orders that were priced with a coupon: one row an order and coupon.
_WITH_COUPON = f"""
    SELECT o.id AS order_id, o.order_no, o.user_id, o.status,
           o.paid_at, {REFUNDED_IN_FULL} AS refunded, a.coupon_id
    FROM orders o
    CROSS JOIN LATERAL (
        SELECT DISTINCT CAST(split_part(source, ':', 2) AS bigint) AS coupon_id
        FROM order_adjustments WHERE order_id = o.id AND source ~ '^(coupon|voucher):[0-9]+$'
    ) a
    WHERE o.created_at >= :since
"""  # noqa: S608

INVARIANTS = (
    Invariant(
        "I9c",
        "a reward that was taken back holds no coupon that can be used",
        """
        SELECT g.id AS grant_id, p.position, p.taken_back, p.debt, c.revoked, c.gone
        FROM reward_grants g
        CROSS JOIN LATERAL (
            SELECT position, taken_back, debt, receipt FROM reward_parts
            WHERE grant_id = g.id AND kind = 'coupon' OFFSET 0
        ) p
        CROSS JOIN LATERAL (
            SELECT count(*) AS named, count(c.id) AS found, count(c.revoked_at) AS revoked,
                   count(*) FILTER (WHERE c.status = 'revoked') AS gone
            FROM unnest(CAST(string_to_array(p.receipt, ',') AS bigint[])) given (coupon_id)
            LEFT JOIN coupons c ON c.id = given.coupon_id AND c.user_id = g.user_id
        ) c
        WHERE g.created_at >= :since AND c.named > 0
          AND (c.named <> c.found OR c.revoked <> p.taken_back + p.debt OR c.gone < p.taken_back)
        """,
    ),
    Invariant(
        "I10a",
        "a coupon serves one order at most, which holds it: its own shopper's",
        f"""
        SELECT w.order_no, w.coupon_id, c.order_id AS held_by, c.status
        FROM ({_WITH_COUPON}) w
        LEFT JOIN LATERAL (SELECT * FROM coupons WHERE id = w.coupon_id LIMIT 1) c ON true
        WHERE (c.id IS NULL OR c.user_id <> w.user_id OR c.order_id IS DISTINCT FROM w.order_id)
          AND w.status <> 'closed'
          AND NOT (w.paid_at IS NOT NULL AND w.refunded)
        UNION ALL
        SELECT o.order_no, c.id, c.order_id, c.status
        FROM orders o
        CROSS JOIN LATERAL (SELECT * FROM coupons WHERE order_id = o.id OFFSET 0) c
        WHERE o.created_at >= :since AND 0 = (
            SELECT count(*) FROM order_adjustments a
            WHERE a.order_id = o.id AND a.source IN ('coupon:' || c.id, 'voucher:' || c.id)
        )
        """,  # noqa: S608
    ),
    Invariant(
        "I10b",
        "claims stay within a template's total and a shopper's limit, each with its coupon",
        """
        SELECT t.id AS template_id, NULL AS user_id, t.claimed, c.coupons
        FROM coupon_templates t
        CROSS JOIN LATERAL (
            SELECT count(*) AS coupons FROM (
                SELECT FROM coupons WHERE template_id = t.id LIMIT :most + 1
            ) its
        ) c
        WHERE (t.created_at >= :since OR t.id IN (
            SELECT template_id FROM coupons WHERE created_at >= :since
        )) AND (c.coupons <= :most AND c.coupons <> t.claimed OR t.claimed > t.total_limit)
        UNION ALL
        SELECT t.template_id, t.user_id, h.claimed, c.coupons
        FROM (
            SELECT h.template_id, h.user_id
            FROM coupon_holdings h JOIN coupon_templates n ON n.id = h.template_id
            WHERE n.created_at >= :since
            UNION SELECT template_id, user_id FROM coupons WHERE created_at >= :since
        ) t
        LEFT JOIN LATERAL (
            SELECT claimed FROM coupon_holdings
            WHERE template_id = t.template_id AND user_id = t.user_id LIMIT 1
        ) h ON true
        CROSS JOIN LATERAL (
            SELECT count(*) AS coupons FROM coupons
            WHERE template_id = t.template_id AND user_id = t.user_id AND way <> 'reward'
        ) c
        WHERE coalesce(h.claimed, 0) <> c.coupons
        """,
    ),
    Invariant(
        "I10c",
        "an order that was closed unpaid has given its coupon back; an unpaid one hasn't used it",
        """
        SELECT o.order_no, o.status, c.id AS coupon_id, c.status AS coupon_status
        FROM orders o
        CROSS JOIN LATERAL (SELECT * FROM coupons WHERE order_id = o.id OFFSET 0) c
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
    Invariant(
        "I10e",
        "a coupon with a face value of its own is worth no more than its template says",
        """
        SELECT c.id AS coupon_id, c.amount_fen, t.amount_fen AS most_fen, t.way
        FROM coupons c
        CROSS JOIN LATERAL (
            SELECT amount_fen, way FROM coupon_templates WHERE id = c.template_id LIMIT 1
        ) t
        WHERE c.created_at >= :since AND (c.way = 'feature' OR t.way = 'feature')
          AND (c.way <> t.way OR c.amount_fen > t.amount_fen)
        """,
    ),
)
