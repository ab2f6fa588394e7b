"""What of shipping needs somebody."""

from __future__ import annotations

from sqlalchemy import select

from mall.kernel.invariants import AttentionList
from mall.orders.models import Order
from mall.shipping.models import ShippingUpload

FAILED_UPLOADS = AttentionList(
    "failed_uploads",
    "shipments that WeChat refused: their money stays frozen",
    select(Order.order_no, ShippingUpload.error_code, ShippingUpload.error)
    .join(Order, Order.id == ShippingUpload.order_id)
    .where(ShippingUpload.status == "failed")
    .order_by(ShippingUpload.order_id.desc()),
)
