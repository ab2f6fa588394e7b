"""What after-sales do when others tell them something."""

from __future__ import annotations

from sqlalchemy.orm import Session

from mall.aftersales.refund_requests import end_refunded
from mall.orders.events import OrderRefunded


def end_after_sales_on_order_refunded(session: Session, event: OrderRefunded) -> None:
    """The money has arrived: the after-sale that it belongs to is done."""
    end_refunded(session, event.order_no)
