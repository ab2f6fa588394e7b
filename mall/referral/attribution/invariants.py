"""I21: an order is attributed at most once (its primary key), to another shopper, and rightly
counted."""

from __future__ import annotations

from mall.kernel.clock import SHOP_ZONE
from mall.kernel.invariants import Invariant

_SINCE = f"CAST(timezone('{SHOP_ZONE.key}', :since) AS date)"
INVARIANTS = (
    Invariant(
        "I21c",
        "an attributed order was paid for, by another shopper than who gets it, after the opening"
        " and under the binding that is named",
        f"""
        SELECT a.order_id, a.rule FROM order_attributions a
        CROSS JOIN LATERAL (SELECT * FROM orders WHERE id = a.order_id LIMIT 1) o
        LEFT JOIN LATERAL (SELECT * FROM shares WHERE id = a.share_id LIMIT 1) s ON true
        LEFT JOIN LATERAL (
            SELECT * FROM referral_bindings WHERE id = a.binding_id LIMIT 1
        ) b ON true
        WHERE a.day >= {_SINCE}
          AND (o.paid_at IS NULL OR o.payable_fen = 0 OR o.user_id <> a.user_id
               OR s.user_id <> a.inviter_id OR s.channel_id <> a.channel_id
               OR s.created_at > o.created_at
               OR b.invitee_id <> a.user_id OR b.bound_at > o.created_at
               OR (a.rule = 'binding' AND b.inviter_id IS DISTINCT FROM a.inviter_id))
        """,  # noqa: S608
    ),
    Invariant(
        "I21d",
        "a sharer's day counts the orders that count for it",
        f"""
        SELECT k.user_id, k.day, sum(k.counted) AS counted, sum(k.facts) AS facts FROM (
            SELECT user_id, day, orders AS counted, 0 AS facts FROM share_days WHERE day >= {_SINCE}
            UNION ALL
            SELECT a.inviter_id, a.day, 0, 1 FROM order_attributions a
            WHERE a.day >= {_SINCE} AND a.counted AND a.share_id IS NOT NULL
        ) k GROUP BY k.user_id, k.day HAVING sum(k.counted) <> sum(k.facts)
        """,  # noqa: S608
    ),
)
