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
        SELECT coalesce(s.sku_id, m.sku_id) AS sku_id, s.sellable, m.sellable AS moved_sellable,
               s.reserved, m.reserved AS moved_reserved, s.sold, m.sold AS moved_sold
        FROM stocks s
        FULL JOIN (
            SELECT sku_id, sum(sellable_delta) AS sellable, sum(reserved_delta) AS reserved,
                   sum(sold_delta) AS sold
            FROM stock_movements
            WHERE sku_id IN (SELECT sku_id FROM stock_movements WHERE created_at >= :since)
            GROUP BY sku_id
        ) m ON m.sku_id = s.sku_id
        WHERE (m.sku_id IS NOT NULL
               OR NOT EXISTS (SELECT 1 FROM stock_movements x WHERE x.sku_id = s.sku_id))
          AND (coalesce(s.sellable, 0), coalesce(s.reserved, 0), coalesce(s.sold, 0))
           <> (coalesce(m.sellable, 0), coalesce(m.reserved, 0), coalesce(m.sold, 0))
        """,
    ),
    Invariant("I3c", "reserved is what is held for orders and sales", _reserved_is_held),
)
