"""I3: stock adds up, with itself, its movements and what holds it."""

from __future__ import annotations

from mall.inventory.holds import HOLDS
from mall.kernel.invariants import Invariant


def _reserved_is_held() -> str:
    """Reserved units against all that features hold of a SKU."""
    held = " UNION ALL ".join(f"({hold.sql})" for hold in HOLDS.items().values())
    return f"""
        SELECT coalesce(s.sku_id, h.sku_id) AS sku_id, s.reserved, coalesce(h.held, 0) AS held
        FROM stocks s
        FULL JOIN (
            SELECT sku_id, sum(units) AS held FROM ({held}) one GROUP BY sku_id
        ) h ON h.sku_id = s.sku_id
        WHERE coalesce(s.reserved, 0) <> coalesce(h.held, 0)
    """  # noqa: S608 - the features' own constants


INVARIANTS = (
    Invariant(
        "I3a",
        "sellable + reserved + sold = received, none negative",
        """
        SELECT sku_id, received, sellable, reserved, sold FROM stocks
        WHERE sellable + reserved + sold <> received
           OR sellable < 0 OR reserved < 0 OR sold < 0
        """,
    ),
    Invariant(
        "I3b",
        "each stock row is the sum of its movements",
        """
        WITH touched AS (SELECT DISTINCT sku_id FROM stock_movements WHERE created_at >= :since)
        SELECT t.sku_id, s.sellable, m.sellable AS moved_sellable, s.reserved,
               m.reserved AS moved_reserved, s.sold, m.sold AS moved_sold
        FROM touched t
        LEFT JOIN stocks s ON s.sku_id = t.sku_id
        LEFT JOIN stock_closings c ON c.sku_id = t.sku_id AND :since > '-infinity'
        CROSS JOIN LATERAL (
            SELECT coalesce(c.sellable, 0) + coalesce(sum(sellable_delta), 0) AS sellable,
                   coalesce(c.reserved, 0) + coalesce(sum(reserved_delta), 0) AS reserved,
                   coalesce(c.sold, 0) + coalesce(sum(sold_delta), 0) AS sold
            FROM stock_movements
            WHERE sku_id = t.sku_id AND id > coalesce(c.movement_id, 0)
        ) m
        WHERE (coalesce(s.sellable, 0), coalesce(s.reserved, 0), coalesce(s.sold, 0))
           <> (m.sellable, m.reserved, m.sold)
        UNION ALL
        SELECT sku_id, sellable, 0, reserved, 0, sold, 0 FROM stocks s
        WHERE (sellable, reserved, sold) <> (0, 0, 0)
          AND NOT EXISTS (SELECT FROM stock_movements m WHERE m.sku_id = s.sku_id)
        """,
    ),
    Invariant("I3c", "reserved is what is held for orders and sales", _reserved_is_held),
    Invariant(
        "I3f",
        "a closing is the sum of the movements up to it",
        """
        SELECT c.sku_id, c.movement_id FROM stock_closings c
        WHERE c.closed_at >= :since
          AND NOT EXISTS (SELECT FROM stock_movements
                          WHERE sku_id = c.sku_id AND id <= c.movement_id OFFSET :most)
          AND NOT EXISTS (
              SELECT FROM (
                  SELECT sum(sellable_delta) AS sellable, sum(reserved_delta) AS reserved,
                         sum(sold_delta) AS sold
                  FROM stock_movements WHERE sku_id = c.sku_id AND id <= c.movement_id
              ) m WHERE (m.sellable, m.reserved, m.sold) = (c.sellable, c.reserved, c.sold))
        """,
    ),
)
