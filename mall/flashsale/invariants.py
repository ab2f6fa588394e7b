"""I4: a flash sale sells what it has, and nobody gets more than their part."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I4a",
        "units of an item that orders hold or bought = its tickets' ≤ its stock",
        """
        SELECT i.id AS item_id, i.stock, i.sold, i.returned, t.units AS of_tickets
        FROM flash_sessions f JOIN flash_items i ON i.session_id = f.id
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(units), 0) AS units FROM flash_tickets
            WHERE item_id = i.id AND status = 'ordered'
        ) t
        WHERE f.ends_at >= :since
          AND (i.sold < 0 OR i.returned < 0 OR i.sold + i.returned > i.stock
               OR i.sold <> t.units)
        """,
    ),
    Invariant(
        "I4b",
        "units of an item that a shopper holds or bought = their tickets' ≤ their limit",
        """
        SELECT i.id AS item_id, u.user_id, u.units, u.of_tickets, i.limit_per_user
        FROM flash_sessions f JOIN flash_items i ON i.session_id = f.id
        CROSS JOIN LATERAL (
            SELECT user_id, coalesce(s.units, 0) AS units, coalesce(t.units, 0) AS of_tickets
            FROM (SELECT user_id, units FROM flash_shoppers WHERE item_id = i.id) s
            FULL JOIN (
                SELECT user_id, sum(units) AS units FROM flash_tickets
                WHERE item_id = i.id AND status = 'ordered' GROUP BY user_id
            ) t USING (user_id)
        ) u
        WHERE f.ends_at >= :since AND (u.units <> u.of_tickets OR u.of_tickets > i.limit_per_user)
        """,
    ),
    Invariant(
        "I4c",
        "the same over all items of a session that limits them together",
        """
        SELECT f.id AS session_id, u.user_id, u.units, u.of_tickets, f.limit_per_user
        FROM flash_sessions f
        CROSS JOIN LATERAL (
            SELECT user_id, coalesce(s.units, 0) AS units, coalesce(t.units, 0) AS of_tickets
            FROM (SELECT user_id, units FROM flash_session_shoppers WHERE session_id = f.id) s
            FULL JOIN (
                SELECT t.user_id, sum(t.units) AS units
                FROM flash_items i JOIN flash_tickets t ON t.item_id = i.id
                WHERE i.session_id = f.id AND f.limit_per_user IS NOT NULL
                  AND t.status = 'ordered'
                GROUP BY t.user_id
            ) t USING (user_id)
        ) u
        WHERE f.ends_at >= :since AND (u.units <> u.of_tickets OR u.of_tickets > f.limit_per_user)
        """,
    ),
    Invariant(
        "I4d",
        "an item holds reserved what it has left to sell, by its movements; a draft nothing",
        """
        SELECT i.id AS item_id, i.stock, i.sold, i.returned, f.state, coalesce(m.held, 0) AS held
        FROM flash_items i JOIN flash_sessions f ON f.id = i.session_id
        CROSS JOIN LATERAL (
            SELECT sum(reserved_delta) AS held, count(*) AS steps FROM (
                SELECT reserved_delta FROM stock_movements
                WHERE sku_id = i.sku_id AND ref = 'flash:' || i.id
                  AND kind IN ('reserve', 'release', 'sell')
                UNION ALL
                SELECT reserved_delta FROM stock_movements
                WHERE sku_id = i.sku_id AND ref LIKE '%-%'
                  AND split_part(ref, '-', 1) = 'flash:' || i.id
                LIMIT :most
            ) found
        ) m
        WHERE f.ends_at >= :since AND m.steps < :most AND coalesce(m.held, 0)
           <> CASE WHEN f.state = 'draft' THEN 0 ELSE i.stock - i.sold - i.returned END
        """,
    ),
    Invariant(
        "I4e",
        "a ticket's order holds the ticket's units; an order of a sale has its ticket",
        """
        SELECT coalesce(o.order_no, '') AS order_no, t.ticket, t.status, t.units,
               o.status AS order_status, l.quantity
        FROM flash_tickets t
        LEFT JOIN flash_items i ON i.id = t.item_id
        LEFT JOIN LATERAL (SELECT * FROM orders WHERE id = t.order_id LIMIT 1) o ON true
        LEFT JOIN LATERAL (
            SELECT quantity FROM order_lines
            WHERE order_id = t.order_id AND sku_id = i.sku_id OFFSET 0
        ) l ON true
        CROSS JOIN LATERAL (
            SELECT max(source) AS source FROM order_adjustments
            WHERE order_id = t.order_id AND source LIKE 'flash:%'
        ) a
        WHERE t.created_at >= :since AND t.status <> 'failed'
          AND (o.id IS NULL OR o.user_id <> t.user_id OR l.quantity IS DISTINCT FROM t.units
               OR (t.status = 'ordered' AND o.status = 'closed' AND o.paid_at IS NULL)
               OR (t.status = 'released' AND o.status <> 'closed')
               OR a.source <> 'flash:' || t.item_id)
        UNION ALL
        SELECT o.order_no, NULL, NULL, NULL, o.status, NULL
        FROM orders o CROSS JOIN LATERAL (
            SELECT FROM order_adjustments
            WHERE order_id = o.id AND source LIKE 'flash:%' LIMIT 1
        ) a
        WHERE o.created_at >= :since AND NOT EXISTS (
            SELECT FROM flash_tickets t WHERE t.order_id = o.id AND t.status <> 'failed')
        """,
    ),
    Invariant(
        "I4f",
        "a session ends in time, and what it didn't sell is back on the shelf soon after",
        """
        SELECT id AS session_id, state, ends_at, ended_at FROM flash_sessions
        WHERE (state IN ('armed', 'paused') AND ends_at < now() - interval '15 minutes')
           OR (settled_at IS NULL AND ended_at < now() - interval '15 minutes')
        """,
    ),
)
