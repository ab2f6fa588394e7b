"""The messages that staff changed what an order costs, or where it goes."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.kernel.money import yuan
from mall.messages.kinds import Content, Kind, Purpose
from mall.messages.sending import send_soon
from mall.messages.settings import ORDER_READDRESSED_TEMPLATE, ORDER_REPRICED_TEMPLATE
from mall.orders.events import OrderReaddressed, OrderRepriced
from mall.orders.models import Order, OrderPriceChange
from mall.orders.readdressing import READDRESSABLE, address_of
from mall.orders.states import UNPAID

NOTE = "如有疑问请联系客服"


def send_message_on_order_repriced(session: Session, event: OrderRepriced) -> None:
    """Tell the shopper what the order costs now, each change once."""
    send_soon(session, ORDER_REPRICED.name, str(event.change_id), event.user_id)


def send_message_on_order_readdressed(session: Session, event: OrderReaddressed) -> None:
    """Tell the shopper that staff changed the address; who changed it themselves knows."""
    if event.by_staff:
        ref = f"{event.order_no}:{event.key}"
        send_soon(session, ORDER_READDRESSED.name, ref, event.user_id)


def _write_price(session: Session, change_id: str, _user_id: int) -> Content | None:
    """The price as it is now; nothing of an order that was paid or closed, or changed since."""
    change, later = OrderPriceChange.__table__, OrderPriceChange.__table__.alias()
    row = session.execute(
        select(Order.order_no, Order.payable_fen, change.c.payable_before_fen)
        .join(change, change.c.order_id == Order.id)
        .where(
            change.c.id == int(change_id),
            Order.status == UNPAID,
            ~select(later.c.id)
            .where(later.c.order_id == change.c.order_id, later.c.id > change.c.id)
            .exists(),
        )
    ).one_or_none()
    if row is None:
        return None
    values = {
        "order_no": row.order_no,
        "before": f"{yuan(row.payable_before_fen)}元",
        "payable": f"{yuan(row.payable_fen)}元",
        "note": NOTE,
    }
    body = f"订单 {row.order_no} 的应付金额由 {values['before']}改为 {values['payable']}。"
    return Content(values, "订单金额已修改", body, {"order_no": row.order_no})


def _write_address(session: Session, ref: str, _user_id: int) -> Content | None:
    """Where it goes now, by region only; nothing of an order that has left or was closed."""
    order_no = ref.partition(":")[0]
    order_id = session.scalar(
        select(Order.id).where(Order.order_no == order_no, Order.status.in_(READDRESSABLE))
    )
    if order_id is None:
        return None
    region = address_of(session, order_id).region_names
    values = {"order_no": order_no, "region": region, "note": NOTE}
    body = f"订单 {order_no} 的收货地址已由商家修改，现寄往 {region}。{NOTE}。"
    return Content(values, "收货地址已修改", body, {"order_no": order_no})


ORDER_REPRICED = Kind("order_repriced", Purpose.ORDER, ORDER_REPRICED_TEMPLATE, _write_price)
ORDER_READDRESSED = Kind(
    "order_readdressed", Purpose.ORDER, ORDER_READDRESSED_TEMPLATE, _write_address
)
