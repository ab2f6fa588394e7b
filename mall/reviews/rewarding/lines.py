"""A shopper's own line of an order, as rewards ask for it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.orders.errors import OrderNotFound

_LINE = text(
    """
    SELECT o.user_id, l.sku_id, r.id AS review_id
    FROM orders o JOIN order_lines l ON l.order_id = o.id AND l.position = :position
    LEFT JOIN reviews r ON r.order_line_id = l.id
    WHERE o.order_no = :order_no AND o.user_id = :user_id
    """
)


def line_of(session: Session, user_id: int, order_no: str, position: int) -> Any:
    """The shopper's own line. Raises OrderNotFound, for another's, too."""
    asked = {"user_id": user_id, "order_no": order_no, "position": position}
    found = session.execute(_LINE, asked).one_or_none()
    if found is None:
        raise OrderNotFound
    return found
