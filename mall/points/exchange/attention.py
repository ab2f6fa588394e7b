"""What of the points mall needs somebody."""

from __future__ import annotations

from sqlalchemy import func, select, text

from mall.kernel.invariants import AttentionList
from mall.orders.models import Order
from mall.points.exchange.models import ExchangeItem, ExchangeOrder

_LEFT = ExchangeItem.stock - ExchangeItem.sold
LOW_STOCK = AttentionList(
    "low_exchange_stock",
    "items of the points mall with little stock",
    "积分商城中库存不多的商品",
    select(ExchangeItem.id, ExchangeItem.name, _LEFT.label("left"), ExchangeItem.low_stock)
    .where(
        ExchangeItem.enabled,
        ExchangeItem.ended_at.is_(None),
        ExchangeItem.low_stock > 0,
        ExchangeItem.low_stock >= _LEFT,
    )
    .order_by(_LEFT),
)
UNDELIVERED = AttentionList(
    "undelivered_exchanges",
    "exchanges that were paid and not delivered within ten minutes",
    "已付款但十分钟内未交付的兑换",
    select(Order.order_no, Order.paid_at)
    .join(ExchangeOrder, ExchangeOrder.order_id == Order.id)
    .where(
        ExchangeOrder.awaits_delivery,
        Order.paid_at < func.clock_timestamp() - text("interval '10 minutes'"),
    )
    .order_by(Order.paid_at),
)
