"""What of payments needs somebody."""

from __future__ import annotations

from sqlalchemy import select

from mall.kernel.invariants import AttentionList
from mall.orders.models import Order
from mall.payments.discrepancies import OPEN
from mall.payments.models import PaymentDiscrepancy

DISCREPANCIES = AttentionList(
    "discrepancies",
    "statements of WeChat Pay that contradict our books",
    select(
        PaymentDiscrepancy.kind,
        PaymentDiscrepancy.number,
        Order.order_no,
        PaymentDiscrepancy.created_at,
    )
    .outerjoin(Order, Order.id == PaymentDiscrepancy.order_id)
    .where(OPEN)
    .order_by(PaymentDiscrepancy.id.desc()),
)
