"""What a payment does to an order. Payments has verified it with WeChat before it calls."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, insert, literal, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Session

from mall.inventory import commands as inventory
from mall.kernel.db import db_now
from mall.kernel.errors import MallError
from mall.kernel.events import publish
from mall.orders import lines, participants, states
from mall.orders.closing import find
from mall.orders.events import OrderPaid
from mall.orders.models import Order, OrderAdjustment, OrderLine, OrderTransition
from mall.orders.numbers import draw_order_no
from mall.orders.participants import OrderRef


def mark_paid(session: Session, order_no: str, paid_fen: int, paid_at: datetime) -> bool:
    """An unpaid order was paid in full: its reserved units are sold.

    False, and nothing changed, when the order isn't unpaid (any more), or doesn't exist:
    the caller decides between `place_again` and a refund. `paid_fen` must be what the
    order costs; the table refuses any other amount (`ck_orders_paid`).
    """
    order = find(session, order_no)
    if order is None or not states.move(
        session,
        order.id,
        states.UNPAID,
        states.PAID,
        "payment",
        paid_fen=paid_fen,
        paid_at=paid_at,
    ):
        return False
    inventory.sell(
        session, lines.quantities(session, order.id), ref=lines.stock_ref(order.order_no)
    )
    publish(session, OrderPaid(order.order_no, order.user_id))
    return True


def place_again(session: Session, order_no: str, paid_at: datetime | None = None) -> Order | None:
    """A closed order was paid after all: place the same once more, as paid.

    The new order has the same lines, prices, adjustments and address; the closed one stays
    closed. None, and nothing changed, when the order isn't closed, was replaced already,
    a SKU is gone, or a participant refuses: then the payment is refunded.
    """
    old = session.scalar(
        select(Order).where(
            Order.order_no == order_no, Order.status == states.CLOSED, Order.paid_fen == 0
        )
    )
    if old is None:
        return None
    try:
        with session.begin_nested():
            return _copy(session, old, paid_at)
    except (MallError, _ReplacedAlready):
        return None


class _ReplacedAlready(Exception):
    """Another late payment of the same order was faster."""


def _copy(session: Session, old: Order, paid_at: datetime | None) -> Order:
    order = _copy_order(session, old)
    _copy_lines(session, old.id, order.id)
    inventory.reserve(
        session, lines.quantities(session, order.id), ref=lines.stock_ref(order.order_no)
    )
    participants.on_placing(session, order)
    mark_paid(session, order.order_no, old.payable_fen, paid_at or db_now(session))
    return session.scalars(select(Order).where(Order.id == order.id)).one()


def _copy_order(session: Session, old: Order) -> OrderRef:
    order_no = draw_order_no()
    copied = {
        column: getattr(old, column)
        for column in (
            "user_id",
            "goods_fen",
            "discount_fen",
            "freight_fen",
            "payable_fen",
            "address_sealed",
            "region_code",
            "remark",
        )
    }
    order_id = session.scalar(
        pg_insert(Order)
        .values(
            order_no=order_no,
            status=states.UNPAID,
            replaces_order_id=old.id,
            expires_at=func.clock_timestamp(),
            **copied,
        )
        .on_conflict_do_nothing(constraint="uq_orders_replaces_order_id")
        .returning(Order.id)
    )
    if order_id is None:
        raise _ReplacedAlready
    session.execute(
        insert(OrderTransition).values(
            order_id=order_id, from_status=None, to_status=states.UNPAID, cause="late_payment"
        )
    )
    sources = session.scalars(
        select(OrderAdjustment.source).where(OrderAdjustment.order_id == old.id)
    )
    return OrderRef(order_id, order_no, old.user_id, tuple(sources))


def _copy_lines(session: Session, old_id: int, new_id: int) -> None:
    for model, own in (
        (
            OrderLine,
            {
                *("shipped_quantity", "restocked_quantity", "returned_quantity"),
                *("refunded_quantity", "refunded_fen"),
            },
        ),
        (OrderAdjustment, set[str]()),
    ):
        same = [c for c in model.__table__.columns if c.name not in own | {"id", "order_id"}]
        session.execute(
            insert(model).from_select(
                ["order_id", *(c.name for c in same)],
                select(literal(new_id), *same).where(model.order_id == old_id).order_by(model.id),
            )
        )
