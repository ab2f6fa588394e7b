"""What an order's stock movements refer to."""

from __future__ import annotations


def stock_ref(order_no: str) -> str:
    """What an order's stock movements refer to."""
    return f"order:{order_no}"
