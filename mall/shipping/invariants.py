"""I3, I11, I24: what was sent, told to WeChat, handed out."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I3e",
        "units that were sent are in parcels, and no others",
        """
        SELECT l.order_id, l.id AS line_id, l.shipped_quantity, coalesce(p.packed, 0) AS packed
        FROM orders o
        JOIN order_lines l ON l.order_id = o.id
        CROSS JOIN LATERAL (
            SELECT sum(quantity) AS packed FROM shipment_lines WHERE line_id = l.id
        ) p
        WHERE o.created_at >= :since
          AND (l.shipped_quantity <> coalesce(p.packed, 0)
               OR l.shipped_quantity + l.restocked_quantity > l.quantity)
          -- What isn't goods is delivered without a parcel.
          AND NOT EXISTS (SELECT FROM order_transitions t WHERE t.order_id = o.id
                          AND t.from_status = 'paid' AND t.to_status = 'completed')
        """,
    ),
    Invariant(
        "I11f",
        "a shipping report that waits has its call to WeChat",
        """
        SELECT r.order_id, r.version FROM shipping_reports r
        WHERE r.status = 'pending' AND NOT EXISTS (
            SELECT 1 FROM outbound_calls c
            WHERE c.kind = 'shipping.report' AND c.key = r.order_id AND c.due_at IS NOT NULL)
        """,
    ),
    Invariant(
        "I24a",
        "a code waits while its order does, is redeemed with it completed, void with it closed",
        """
        SELECT o.order_no, o.status AS order_status, p.status
        FROM pickups p JOIN orders o ON o.id = p.order_id
        WHERE o.created_at >= :since AND NOT (
            (p.status = 'waiting' AND o.status IN ('unpaid', 'paid'))
            OR (p.status = 'redeemed' AND o.status = 'completed')
            OR (p.status = 'void' AND o.status = 'closed')
        )
        """,
    ),
    Invariant(
        "I24b",
        "what was handed out is one parcel without carrier, and nothing else is sent",
        """
        SELECT o.order_no, p.status, s.parcels, s.handed_out
        FROM orders o
        LEFT JOIN pickups p ON p.order_id = o.id
        LEFT JOIN (
            SELECT order_id, count(*) AS parcels,
                   count(*) FILTER (WHERE carrier_code = 'PICKUP') AS handed_out
            FROM shipments GROUP BY order_id
        ) s ON s.order_id = o.id
        WHERE o.created_at >= :since
          AND (coalesce(s.handed_out, 0) <> CASE WHEN p.status = 'redeemed' THEN 1 ELSE 0 END
               OR (p.order_id IS NOT NULL
                   AND coalesce(s.parcels, 0) <> coalesce(s.handed_out, 0)))
        """,
    ),
    Invariant(
        "I24c",
        "an order is collected where the shopper chose to",
        """
        SELECT o.order_no, p.point_id, o.choices ->> 'freight' AS choice
        FROM orders o
        LEFT JOIN pickups p ON p.order_id = o.id
        WHERE o.created_at >= :since
          AND o.choices ->> 'freight' IS DISTINCT FROM 'pickup:' || p.point_id
        """,
    ),
)
