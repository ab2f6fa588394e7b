"""What a payment does to an order. The caller (payments) has verified the payment."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.inventory import commands as inventory
from mall.kernel.db import db_now
from mall.kernel.errors import MallError
from mall.kernel.events import publish
from mall.orders import participants, states
from mall.orders.addresses import KeptAddress
from mall.orders.errors import OrderNotFound
from mall.orders.events import OrderPaid
from mall.orders.kinds import kind_named
from mall.orders.lines import stock_ref
from mall.orders.models import Order, OrderAdjustment, OrderLine
from mall.orders.placed import PlacedOrder, read_placed
from mall.orders.reserving import reserve_units
from mall.orders.rows import ADJUSTMENT_COLUMNS, LINE_COLUMNS
from mall.orders.writing import AlreadyReplaced, NewOrder, OrderContents, write_orders


def mark_paid(session: Session, order_no: str, paid_fen: int, paid_at: datetime) -> bool:
    """An unpaid order was paid in full: its reserved units are sold.

    False, and nothing changed, when the order isn't unpaid (any more), or doesn't exist:
    the caller, who has locked the order, decides between `place_again` and a refund. `paid_fen`
    must be what the order costs; the table refuses any other amount (`ck_orders_paid`).
    """
    try:
        order = read_placed(session, order_no)
    except OrderNotFound:
        return False
    if not _move(session, order, paid_fen, paid_at, "payment"):
        return False
    participants.lock(session, order)
    _sell(session, order)
    participants.on_paid(session, order)
    return True


def count_as_paid(
    session: Session, order: PlacedOrder, paid_fen: int, paid_at: datetime, cause: str
) -> None:
    """An order is paid as it is placed: its reserved units are sold.

    The caller has called the participants' `lock`, and tells them the rest. `cause` is of the
    step in its history.
    """
    if not _move(session, order, paid_fen, paid_at, cause):
        raise RuntimeError(f"order {order.order_no} was placed, and isn't unpaid")
    _sell(session, order)


def _move(
    session: Session, order: PlacedOrder, paid_fen: int, paid_at: datetime, cause: str
) -> bool:
    paid = {"paid_fen": paid_fen, "paid_at": paid_at}
    return states.move(session, order.id, states.UNPAID, states.PAID, cause, **paid)


def _sell(session: Session, order: PlacedOrder) -> None:
    inventory.sell(session, order.units, ref=stock_ref(order.order_no))
    publish(session, OrderPaid(order.order_no, order.user_id))


def place_again(session: Session, order_no: str, paid_at: datetime | None = None) -> Order | None:
    """A closed order was paid after all: place a copy of it, as paid.

    The new order has the same lines, prices, adjustments, choices and address; the closed one
    stays closed. None, and nothing changed, when the order isn't closed, was replaced already,
    its kind isn't placed again, a SKU is gone, the shopper's account is closed, or a
    participant refuses: then the payment is refunded.
    """
    old = session.scalar(
        select(Order).where(
            Order.order_no == order_no, Order.status == states.CLOSED, Order.paid_at.is_(None)
        )
    )
    if old is None or not kind_named(old.kind).places_again:
        return None
    try:
        with session.begin_nested():
            return _place_copy(session, old, paid_at)
    except (MallError, AlreadyReplaced):
        return None


def _place_copy(session: Session, old: Order, paid_at: datetime | None) -> Order:
    copy = NewOrder(
        user_id=old.user_id,
        kind=kind_named(old.kind),
        choices=old.choices,
        contents=_contents_of(session, old),
        address=KeptAddress.of_order(old),
        region_code=old.region_code,
        remark=old.remark,
        pay_min=0,
        cause="late_payment",
        replaces_order_id=old.id,
    )
    (written,) = write_orders(session, [copy])
    order = read_placed(session, written.order_no)
    participants.lock(session, order)
    reserve_units(session, order)
    count_as_paid(session, order, old.payable_fen, paid_at or db_now(session), "payment")
    participants.on_placing(session, order, is_paid=True)
    return session.scalars(select(Order).where(Order.id == order.id)).one()


def _contents_of(session: Session, order: Order) -> OrderContents:
    return OrderContents(
        order.goods_fen,
        order.discount_fen,
        order.freight_fen,
        order.payable_fen,
        _rows(session, order.id, OrderLine, LINE_COLUMNS),
        _rows(session, order.id, OrderAdjustment, ADJUSTMENT_COLUMNS),
    )


def _rows(
    session: Session,
    order_id: int,
    model: type[OrderLine | OrderAdjustment],
    columns: tuple[str, ...],
) -> list[dict[str, Any]]:
    stored = session.execute(
        select(*(getattr(model, column) for column in columns))
        .where(model.order_id == order_id)
        .order_by(model.id)
    )
    return [dict(row) for row in stored.mappings()]
