"""I17: what an order cost in points is held, settled or given back exactly once with it."""

from __future__ import annotations

from mall.kernel.invariants import Invariant
from mall.orders.refunding import REFUNDED_IN_FULL

INVARIANTS = (
    Invariant(
        "I17b",
        "what an order cost in points is held, settled or given back with it, once",
        """
        SELECT o.order_no, o.status, a.source, h.source AS hold, h.status AS hold_status,
               h.points, h.returned
        FROM orders o
        CROSS JOIN LATERAL (SELECT * FROM order_adjustments WHERE order_id = o.id OFFSET 0) a
        LEFT JOIN LATERAL (
            SELECT * FROM points_holds WHERE source = 'checkout:' || o.order_no LIMIT 1
        ) h ON true
        WHERE o.created_at >= :since AND a.lane = 'POINTS' AND a.source ~ '^points:[0-9]+$'
          AND (h.points IS DISTINCT FROM CAST(substr(a.source, 8) AS bigint)
               OR h.user_id <> o.user_id
               OR h.status <> CASE WHEN o.paid_at IS NOT NULL THEN 'settled'
                   WHEN o.status = 'closed' THEN 'released' ELSE 'held' END
               OR (o.status = 'closed' AND o.paid_at IS NOT NULL AND h.returned <> h.points))
        UNION ALL
        SELECT substr(h.source, 10), NULL, NULL, h.source, h.status, h.points, h.returned
        FROM points_entries e JOIN points_holds h ON h.source = e.source
        WHERE e.created_at >= :since AND e.kind = 'hold' AND e.source LIKE 'checkout:%'
          AND NOT EXISTS (
              SELECT FROM orders o JOIN order_adjustments a ON a.order_id = o.id
              WHERE o.order_no = substr(h.source, 10) AND a.lane = 'POINTS'
                AND a.source = 'points:' || h.points
          )
        """,
    ),
    Invariant(
        "I17c",
        "an order's lines share its points, and of each is back what refunds that arrived say",
        f"""
        WITH spent AS (
            SELECT s.*, o.order_no, l.id AS line_id, l.quantity, l.payable_fen,
                   {REFUNDED_IN_FULL} AS in_full
            FROM orders o
            CROSS JOIN LATERAL (SELECT * FROM points_spent WHERE order_id = o.id OFFSET 0) s
            JOIN order_lines l ON l.order_id = o.id AND l.position = s.position
            WHERE o.created_at >= :since AND o.paid_at IS NOT NULL
        )
        SELECT s.order_no, s.position, s.points, s.returned, b.units, b.fen, b.rebated_fen
        FROM spent s
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(r.quantity), 0) AS units,
                   coalesce(sum(r.amount_fen) FILTER (WHERE r.quantity > 0), 0) AS fen,
                   coalesce(sum(r.amount_fen) FILTER (WHERE r.quantity = 0), 0) AS rebated_fen
            FROM refund_lines r JOIN refunds f ON f.id = r.refund_id
            WHERE f.order_id = s.order_id AND f.status = 'succeeded'
              AND r.order_line_id = s.line_id
        ) b
        WHERE s.returned <> CASE
            WHEN s.in_full THEN s.points
            ELSE least(
                div(s.points * b.units, s.quantity),
                CASE WHEN s.payable_fen > b.rebated_fen THEN
                    div(s.points * (b.fen + b.units), s.payable_fen - b.rebated_fen) END
            ) END
        UNION ALL
        SELECT o.order_no, NULL, h.points, h.returned, s.points, s.returned, NULL
        FROM orders o
        CROSS JOIN LATERAL (
            SELECT sum(points) AS points, sum(returned) AS returned
            FROM points_spent WHERE order_id = o.id
        ) s
        LEFT JOIN LATERAL (
            SELECT * FROM points_holds WHERE source = 'checkout:' || o.order_no LIMIT 1
        ) h ON true
        WHERE o.created_at >= :since AND s.points IS NOT NULL
          AND (s.points IS DISTINCT FROM h.points
               OR (o.paid_at IS NOT NULL AND s.returned <> h.returned)
               OR (o.status = 'closed' AND s.returned <> s.points))
        """,  # noqa: S608
    ),
)
