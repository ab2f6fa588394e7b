"""B1: the discount is had with an order that is cheaper by it."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "B1",
        "a birthday discount belongs to an order that was priced with it and isn't closed",
        """
        SELECT d.user_id, d.year, d.order_id FROM birthday_discounts d
        LEFT JOIN orders o ON o.id = d.order_id AND o.status <> 'closed'
        LEFT JOIN order_adjustments a ON a.order_id = o.id AND a.source = 'birthday'
        WHERE o.id IS NULL OR a.id IS NULL OR o.user_id <> d.user_id
        """,
    ),
)
