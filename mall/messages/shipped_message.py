"""The message that an order is on its way."""

from __future__ import annotations

from sqlalchemy.orm import Session

from mall.kernel.clock import SHOP_ZONE
from mall.messages.kinds import Content, Kind, Purpose
from mall.messages.sending import send_soon
from mall.messages.settings import ORDER_SHIPPED_TEMPLATE
from mall.orders.events import OrderShipped
from mall.shipping import queries as shipping
from mall.shipping.collecting import is_collected
from mall.shipping.rules import describe_goods


def send_message_on_order_shipped(session: Session, event: OrderShipped) -> None:
    """Tell the shopper that the order is on its way; who collects it knows."""
    if is_collected(session, event.order_no):
        return
    send_soon(session, ORDER_SHIPPED.name, event.order_no, event.user_id)


def _write(session: Session, order_no: str, _user_id: int) -> Content:
    parcels = shipping.shipments_of_order(session, order_no)
    last = parcels[-1]
    several = f"等 {len(parcels)} 个包裹" if len(parcels) > 1 else ""
    carrier = last.carrier_name + several
    values = {
        "order_no": order_no,
        "carrier": carrier,
        "tracking": last.tracking_no,
        "goods": describe_goods((line.name, line.quantity) for p in parcels for line in p.lines),
        "shipped_at": last.created_at.astimezone(SHOP_ZONE).strftime("%Y-%m-%d %H:%M"),
    }
    body = f"订单 {order_no} 已由{carrier}发出，运单号 {last.tracking_no}。"
    return Content(values, "订单已发货", body, {"order_no": order_no})


ORDER_SHIPPED = Kind("order_shipped", Purpose.ORDER, ORDER_SHIPPED_TEMPLATE, _write)
