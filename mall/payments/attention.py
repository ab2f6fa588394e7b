"""What of payments needs somebody."""

from __future__ import annotations

from sqlalchemy import BigInteger, cast, func, select, text

from mall.kernel.invariants import AttentionList
from mall.orders.models import Order
from mall.payments.discrepancies import OPEN
from mall.payments.models import OrderClosing, PaymentDiscrepancy

DISCREPANCIES = AttentionList(
    "discrepancies",
    "statements of WeChat Pay that contradict our books",
    "与账目不符的微信支付通知",
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
HANGING_CLOSINGS = AttentionList(
    "hanging_closings",
    "orders that can't be closed for ten minutes, as WeChat doesn't say whether they are paid",
    "十分钟仍未能关闭的订单，微信未说明是否已付款",
    select(
        # Asked for each of the few closings, not joined.
        select(Order.order_no)
        .where(Order.id == OrderClosing.order_id)
        .scalar_subquery()
        .label("order_no"),
        OrderClosing.cause,
        OrderClosing.error,
        OrderClosing.tries,
        cast(
            func.extract("epoch", func.clock_timestamp() - OrderClosing.created_at) / 60,
            BigInteger,
        ).label("age_min"),
    )
    .where(OrderClosing.created_at < func.now() - text("interval '10 minutes'"))
    .order_by(OrderClosing.created_at),
)
"""The codes 401 and 403 stand for (SIGN_ERROR, NO_AUTH) concern all of them: our own set-up."""
