"""What must always hold of the points mall."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

_REFUNDED = """
    SELECT coalesce(sum(l.quantity), 0) FROM refunds r JOIN refund_lines l ON l.refund_id = r.id
    WHERE r.order_id = o.id AND r.kind = 'order' AND r.status = 'succeeded'
"""
# Asked in three ways: no index says when an order was completed that is settled or closed since.
_COMPLETED = """
    SELECT id, order_no, status FROM orders
    WHERE completed_at >= :since AND kind IN ('exchange', 'exchange_virtual')
"""
INVARIANTS = (
    Invariant(
        "I46a",
        "an item of the points mall has sold what its exchanges hold or bought, within its stock",
        """
        SELECT i.id AS item_id, i.stock, i.sold, x.units
        FROM exchange_items i
        LEFT JOIN LATERAL (
            SELECT coalesce(sum(units) FILTER (WHERE NOT released), 0) AS units
            FROM (
                SELECT units, released FROM exchange_orders WHERE item_id = i.id
                ORDER BY item_id, user_id LIMIT :most + 1
            ) its
            HAVING count(*) <= :most
        ) x ON true
        WHERE i.sold <> x.units OR i.sold > i.stock OR (i.ended_at IS NOT NULL AND i.stock > i.sold)
        """,
    ),
    Invariant(
        "I46b",
        "an item of codes has as many units left as codes are free and awaited by no order",
        """
        SELECT i.id AS item_id, i.stock - i.sold AS left, c.free, x.awaited
        FROM exchange_items i
        CROSS JOIN LATERAL (
            SELECT count(*) AS free FROM (
                SELECT FROM exchange_codes WHERE item_id = i.id AND status = 'free'
                LIMIT :most + 1
            ) its
        ) c
        CROSS JOIN LATERAL (
            SELECT count(*) AS awaited FROM (
                SELECT FROM exchange_orders WHERE item_id = i.id AND awaits_delivery
                LIMIT :most + 1
            ) its
        ) x
        WHERE i.kind = 'code' AND i.ended_at IS NULL AND greatest(c.free, x.awaited) <= :most
          AND i.stock - i.sold <> greatest(0, c.free - x.awaited)
        """,
    ),
    Invariant(
        "I46c",
        "each order of the points mall is one exchange, of its shopper and its units",
        """
        SELECT o.order_no, o.kind, x.order_id, x.units FROM orders o
        LEFT JOIN LATERAL (SELECT * FROM exchange_orders WHERE order_id = o.id LIMIT 1) x ON true
        WHERE o.created_at >= :since
          AND (x.order_id IS NOT NULL OR o.kind IN ('exchange', 'exchange_virtual'))
          AND (x.order_id IS NULL OR o.kind NOT IN ('exchange', 'exchange_virtual')
               OR x.user_id <> o.user_id
               OR x.units <> (SELECT sum(quantity) FROM order_lines WHERE order_id = o.id))
        """,
    ),
    Invariant(
        "I46d",
        "a delivered code belongs to one completed exchange of its item, and each such has one",
        f"""
        SELECT c.id AS code_id, o.order_no, o.status FROM exchange_codes c
        LEFT JOIN LATERAL (
            SELECT o.order_no, o.status FROM exchange_orders x JOIN orders o ON o.id = x.order_id
            WHERE x.order_id = c.order_id AND x.item_id = c.item_id LIMIT 1
        ) o ON true
        WHERE c.delivered_at >= :since AND o.status IS DISTINCT FROM 'completed'
        UNION ALL
        SELECT NULL, o.order_no, o.status FROM (
            {_COMPLETED} AND created_at >= :since
            UNION {_COMPLETED} AND status = 'completed' AND settled_at IS NULL
            UNION {_COMPLETED} AND settled_at >= :since
        ) o
        WHERE 'code' = (
              SELECT i.kind FROM exchange_orders x JOIN exchange_items i ON i.id = x.item_id
              WHERE x.order_id = o.id)
          AND 1 <> (SELECT count(*) FROM exchange_codes
                    WHERE order_id = o.id AND status = 'delivered')
        """,  # noqa: S608
    ),
    Invariant(
        "I17e",
        "the points of an exchange are held, spent or given back exactly once with its order",
        f"""
        SELECT o.order_no, o.status, o.paid_at, x.points, x.units_back, back.units AS refunded,
               h.status AS hold, h.points AS held, h.returned
        FROM orders o
        CROSS JOIN LATERAL (SELECT * FROM exchange_orders WHERE order_id = o.id LIMIT 1) x
        CROSS JOIN LATERAL ({_REFUNDED}) AS back(units)
        LEFT JOIN LATERAL (
            SELECT * FROM points_holds WHERE source = 'exchange:' || o.order_no LIMIT 1
        ) h ON true
        WHERE o.created_at >= :since
          AND (h.id IS NULL OR h.user_id <> x.user_id OR h.points <> x.points
               OR x.units_back <> back.units
               OR h.status <> CASE WHEN o.paid_at IS NOT NULL THEN 'settled'
                                   WHEN o.status = 'closed' THEN 'released' ELSE 'held' END
               OR h.returned <> CASE WHEN o.paid_at IS NULL THEN 0
                                     WHEN o.status = 'closed' THEN x.points
                                     ELSE x.points * x.units_back / x.units END)
        """,  # noqa: S608
    ),
)
