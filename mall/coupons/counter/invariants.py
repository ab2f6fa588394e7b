"""I61: what was redeemed at a counter is used there, once."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I61a",
        "a coupon is redeemed exactly while one redemption of its own shopper stands",
        """
        SELECT c.id AS coupon_id, c.status, count(r.id) AS redemptions
        FROM (
            SELECT id FROM coupons WHERE status = 'redeemed' AND used_at >= :since
            UNION SELECT coupon_id FROM coupon_redemptions WHERE created_at >= :since
        ) t
        JOIN coupons c ON c.id = t.id
        LEFT JOIN coupon_redemptions r ON r.coupon_id = c.id AND r.undone_at IS NULL
        GROUP BY c.id
        HAVING count(r.id) <> (c.status = 'redeemed')::int OR bool_or(r.user_id <> c.user_id)
        """,
    ),
    Invariant(
        "I61b",
        "a code for the counter that was used redeemed its coupon, one that wasn't redeemed none",
        """
        SELECT k.user_id, k.used_at, r.id AS redemption_id
        FROM coupon_counter_codes k LEFT JOIN coupon_redemptions r ON r.code_hash = k.code_hash
        WHERE (k.used_at IS NULL) <> (r.id IS NULL) OR r.coupon_id <> k.coupon_id
        """,
    ),
)
