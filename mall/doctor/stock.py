"""I3: stock adds up, with itself, its movements, the orders and the parcels."""

from __future__ import annotations

from mall.doctor.promise import Invariant

INVARIANTS = (
    Invariant(
        "I3a",
        "sellable + reserved + sold = put in, none negative",
        """
        SELECT sku_id, put_in, sellable, reserved, sold FROM stocks
        WHERE sellable + reserved + sold <> put_in
           OR sellable < 0 OR reserved < 0 OR sold < 0
        """,
    ),
    Invariant(
        "I3b",
        "each stock row is the sum of its movements",
        """
        SELECT coalesce(s.sku_id, m.sku_id) AS sku_id, s.sellable, m.sellable AS moved_sellable,
               s.reserved, m.reserved AS moved_reserved, s.sold, m.sold AS moved_sold
        FROM stocks s
        FULL JOIN (
            SELECT sku_id, sum(sellable_delta) AS sellable, sum(reserved_delta) AS reserved,
                   sum(sold_delta) AS sold
            FROM stock_movements GROUP BY sku_id
        ) m ON m.sku_id = s.sku_id
        WHERE (coalesce(s.sellable, 0), coalesce(s.reserved, 0), coalesce(s.sold, 0))
           <> (coalesce(m.sellable, 0), coalesce(m.reserved, 0), coalesce(m.sold, 0))
        """,
    ),
    Invariant(
        "I3c",
        "reserved is what unpaid orders and flash items hold, sold what paid orders keep",
        """
        SELECT s.sku_id, s.reserved, coalesce(o.held, 0) AS held, coalesce(f.held, 0) AS flash,
               s.sold, coalesce(o.kept, 0) AS kept
        FROM stocks s
        LEFT JOIN (
            SELECT l.sku_id,
                   sum(l.quantity) FILTER (WHERE o.status = 'unpaid') AS held,
                   sum(l.quantity - l.restocked_quantity - l.returned_quantity)
                       FILTER (WHERE o.paid_fen > 0) AS kept
            FROM order_lines l JOIN orders o ON o.id = l.order_id
            GROUP BY l.sku_id
        ) o ON o.sku_id = s.sku_id
        LEFT JOIN (
            SELECT i.sku_id, sum(i.stock - i.sold - i.returned) AS held
            FROM flash_items i JOIN flash_sessions f ON f.id = i.session_id
            WHERE f.armed_at IS NOT NULL GROUP BY i.sku_id
        ) f ON f.sku_id = s.sku_id
        WHERE s.reserved <> coalesce(o.held, 0) + coalesce(f.held, 0)
           OR s.sold <> coalesce(o.kept, 0)
        """,
    ),
    Invariant(
        "I3d",
        "units that were sent are in parcels, and no others",
        """
        SELECT l.order_id, l.id AS line_id, l.shipped_quantity, coalesce(p.packed, 0) AS packed
        FROM order_lines l
        LEFT JOIN (
            SELECT line_id, sum(quantity) AS packed FROM shipment_lines GROUP BY line_id
        ) p ON p.line_id = l.id
        WHERE l.shipped_quantity <> coalesce(p.packed, 0)
           OR l.shipped_quantity + l.restocked_quantity > l.quantity
        """,
    ),
)
