"""I15: orders that are collected are handed out once, where and when they should be."""

from __future__ import annotations

from mall.doctor.promise import Invariant

INVARIANTS = (
    Invariant(
        "I15a",
        "a code waits while its order does, is redeemed with it completed, void with it closed",
        """
        SELECT o.order_no, o.status AS order_status, p.status
        FROM pickups p JOIN orders o ON o.id = p.order_id
        WHERE NOT (
            (p.status = 'waiting' AND o.status IN ('unpaid', 'paid'))
            OR (p.status = 'redeemed' AND o.status = 'completed')
            OR (p.status = 'void' AND o.status = 'closed')
        )
        """,
    ),
    Invariant(
        "I15b",
        "what was handed out is one parcel without carrier, and nothing else is sent",
        """
        SELECT coalesce(p.order_id, s.order_id) AS order_id, p.status, s.parcels, s.handed_out
        FROM pickups p
        FULL JOIN (
            SELECT order_id, count(*) AS parcels,
                   count(*) FILTER (WHERE carrier_code = 'PICKUP') AS handed_out
            FROM shipments GROUP BY order_id
        ) s ON s.order_id = p.order_id
        WHERE coalesce(s.handed_out, 0) <> CASE WHEN p.status = 'redeemed' THEN 1 ELSE 0 END
           OR (p.order_id IS NOT NULL AND coalesce(s.parcels, 0) <> coalesce(s.handed_out, 0))
        """,
    ),
    Invariant(
        "I15c",
        "an order is collected where its price said so",
        """
        SELECT coalesce(p.order_id, a.order_id) AS order_id, p.point_id, a.source
        FROM pickups p
        FULL JOIN (
            SELECT order_id, source FROM order_adjustments WHERE source LIKE 'freight:pickup:%'
        ) a ON a.order_id = p.order_id
        WHERE a.source IS DISTINCT FROM 'freight:pickup:' || p.point_id
        """,
    ),
)
