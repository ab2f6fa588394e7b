"""What of shipping needs somebody."""

from __future__ import annotations

from sqlalchemy import select

from mall.kernel.invariants import AttentionList
from mall.orders.models import Order
from mall.shipping.models import ShippingReport

FAILED_REPORTS = AttentionList(
    "failed_shipping_reports",
    "shipments that WeChat refused: their money stays frozen",
    "微信拒收的发货信息，货款仍被冻结",
    select(Order.order_no, ShippingReport.error_code, ShippingReport.error)
    .join(Order, Order.id == ShippingReport.order_id)
    .where(ShippingReport.status == "failed")
    .order_by(ShippingReport.order_id.desc()),
)
