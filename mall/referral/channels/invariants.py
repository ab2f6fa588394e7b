"""I60: a channel's coupon is claimed once by a new shopper, and is a coupon of a channel."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I60b",
        "a coupon that came by a channel was claimed once there, by its own shopper",
        """
        SELECT c.id AS coupon_id, c.user_id, k.channel_id
        FROM coupons c LEFT JOIN channel_claims k ON k.coupon_id = c.id
        WHERE c.created_at >= :since AND c.way = 'channel'
          AND k.user_id IS DISTINCT FROM c.user_id
        UNION ALL
        SELECT c.id, c.user_id, k.channel_id
        FROM channel_claims k JOIN coupons c ON c.id = k.coupon_id
        WHERE k.created_at >= :since AND c.way <> 'channel'
        """,
    ),
)
