"""The books of stock are closed each night: sums that go on from those of the night before.

Not up to now: of two transactions the one with the smaller id may end later (a transfer locks no
stock row), and its movements would be in no sum. After `OPEN_AT_MOST` none of them is open still.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from mall.kernel.db import transaction

SKUS_AT_ONCE = 500
OPEN_AT_MOST = timedelta(hours=1)
"""Longer than any transaction that moves stock."""
_CLOSE = text(
    """
    WITH piece AS (
        SELECT sku_id FROM stocks WHERE sku_id > :after ORDER BY sku_id LIMIT :rows
    ), closed AS (
        INSERT INTO stock_closings AS c (sku_id, movement_id, sellable, reserved, sold, closed_at)
        SELECT p.sku_id, m.movement_id, coalesce(b.sellable, 0) + m.sellable,
               coalesce(b.reserved, 0) + m.reserved, coalesce(b.sold, 0) + m.sold,
               statement_timestamp()
        FROM piece p LEFT JOIN stock_closings b ON b.sku_id = p.sku_id
        CROSS JOIN LATERAL (
            SELECT max(id) AS movement_id FROM stock_movements
            WHERE sku_id = p.sku_id AND id > coalesce(b.movement_id, 0)
              AND created_at < statement_timestamp() - CAST(:open_at_most AS interval)
        ) last
        CROSS JOIN LATERAL (
            SELECT max(id) AS movement_id, sum(sellable_delta) AS sellable,
                   sum(reserved_delta) AS reserved, sum(sold_delta) AS sold
            FROM stock_movements
            WHERE sku_id = p.sku_id AND id > coalesce(b.movement_id, 0) AND id <= last.movement_id
        ) m
        WHERE m.movement_id IS NOT NULL
        ORDER BY p.sku_id
        ON CONFLICT (sku_id) DO UPDATE SET movement_id = EXCLUDED.movement_id,
            sellable = EXCLUDED.sellable, reserved = EXCLUDED.reserved, sold = EXCLUDED.sold,
            closed_at = EXCLUDED.closed_at
        WHERE c.movement_id < EXCLUDED.movement_id
    )
    SELECT max(sku_id) FROM piece
    """
)


def close_books() -> None:
    """Bring every SKU's closing up to `OPEN_AT_MOST` ago, so many SKUs a transaction.

    Sums are whole, never added to what stands: two runs at once, or one that was killed and is
    run again, come to the same.
    """
    after: int | None = 0
    while after is not None:
        with transaction() as session:
            values = {"after": after, "rows": SKUS_AT_ONCE, "open_at_most": OPEN_AT_MOST}
            after = session.scalar(_CLOSE, values)
