"""I3, I11, I24: what was sent, told to WeChat, handed out."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I3e",
        "units that were sent are in parcels, and no others",
        """
        SELECT o.id AS order_id, l.amiss
        FROM orders o
        CROSS JOIN LATERAL (
            SELECT jsonb_agg(jsonb_build_array(id, shipped_quantity, packed)) AS amiss
            FROM order_lines
            CROSS JOIN LATERAL (
                SELECT coalesce(sum(quantity), 0) AS packed FROM shipment_lines
                WHERE line_id = order_lines.id
            ) p
            WHERE order_id = o.id AND (shipped_quantity <> packed
                OR shipped_quantity + restocked_quantity > quantity)
        ) l
        WHERE o.created_at >= :since AND l.amiss IS NOT NULL
          -- What isn't goods is delivered without a parcel.
          AND 0 = (SELECT count(*) FROM order_transitions t WHERE t.order_id = o.id
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
        CROSS JOIN LATERAL (
            SELECT count(*) AS parcels,
                   count(*) FILTER (WHERE carrier_code = 'PICKUP') AS handed_out
            FROM shipments WHERE order_id = o.id
        ) s
        WHERE o.created_at >= :since
          AND (s.handed_out <> CASE WHEN p.status = 'redeemed' THEN 1 ELSE 0 END
               OR (p.order_id IS NOT NULL AND s.parcels <> s.handed_out))
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
