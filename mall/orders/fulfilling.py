"""From paid to received: units leave, the order is shipped, the shopper has it."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import case, exists, func, select, text, update
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.events import publish
from mall.orders import participants, states
from mall.orders.errors import (
    NothingIsShipped,
    OrderNotFound,
    OrderOnHold,
    OrderStateConflict,
    UnitsNotShippable,
)
from mall.orders.events import OrderCompleted, OrderShipped
from mall.orders.holding import hold_label
from mall.orders.kinds import kind_named
from mall.orders.locking import LockedOrder
from mall.orders.models import Order, OrderLine
from mall.orders.placed import OrderRef, find, read_placed
from mall.orders.settings import AUTO_CONFIRM_DAYS


def ship_units(session: Session, order: LockedOrder, units: Mapping[int, int]) -> bool:
    """Count `units` (line id → how many) of a paid order as sent. True once all are: the order
    is shipped.

    A line has `quantity` less what was sent less what was refunded (or is being) to send.
    Raises OrderStateConflict when the order isn't paid or was shipped, OrderOnHold,
    NothingIsShipped for a kind that doesn't ship, UnitsNotShippable, and what a participant
    refuses by `before_shipping`.
    """
    if order.status != states.PAID:
        raise OrderStateConflict
    if not kind_named(order.kind).ships:
        raise NothingIsShipped
    _refuse_held(order)
    participants.before_shipping(session, read_placed(session, order.order_no))
    _send(session, order.id, units)
    return mark_shipped(session, order.order_no)


def deliver(session: Session, order: LockedOrder, cause: str) -> None:
    """The feature has delivered a paid order whose kind doesn't ship: it is completed.

    `cause` is of the step in its history. Raises OrderStateConflict when it isn't paid,
    OrderOnHold, UnitsNotShippable while units of it are being refunded, and what a participant
    refuses by `before_shipping`.
    """
    if order.status != states.PAID or kind_named(order.kind).ships:
        raise OrderStateConflict
    _refuse_held(order)
    # Refunded units of which none was delivered are on sale again once the money has arrived.
    being_refunded = OrderLine.refunded_quantity > OrderLine.restocked_quantity
    if session.scalar(select(exists().where(OrderLine.order_id == order.id, being_refunded))):
        raise UnitsNotShippable
    participants.before_shipping(session, read_placed(session, order.order_no))
    session.execute(
        update(OrderLine)
        .where(OrderLine.order_id == order.id)
        .values(shipped_quantity=OrderLine.quantity - OrderLine.refunded_quantity),
        execution_options={"synchronize_session": False},
    )
    states.move(session, order.id, states.PAID, states.COMPLETED, cause)
    publish(session, OrderCompleted(order.order_no, order.user_id))


def _refuse_held(order: LockedOrder) -> None:
    if order.hold_reason is not None:
        raise OrderOnHold(hold_label(order.hold_reason) or "")


def _send(session: Session, order_id: int, units: Mapping[int, int]) -> None:
    if not units or min(units.values()) <= 0:
        raise UnitsNotShippable
    number = case(units, value=OrderLine.id)
    sent = session.execute(
        update(OrderLine)
        .where(
            OrderLine.order_id == order_id,
            OrderLine.id.in_(units),
            OrderLine.shipped_quantity + OrderLine.refunded_quantity + number <= OrderLine.quantity,
        )
        .values(shipped_quantity=OrderLine.shipped_quantity + number)
        .returning(OrderLine.id),
        execution_options={"synchronize_session": False},
    ).all()
    if len(sent) != len(units):
        raise UnitsNotShippable


def mark_shipped(session: Session, order_no: str) -> bool:
    """Move a paid order to shipped once each unit was sent or went back on sale.

    False while something is still to be sent, or when the order isn't paid.
    """
    order = find(session, order_no)
    if order is None or not _nothing_left(session, order.id):
        return False
    deadline = func.clock_timestamp() + func.make_interval(0, 0, 0, AUTO_CONFIRM_DAYS.get())
    if not states.move(
        session, order.id, states.PAID, states.SHIPPED, "shipment", auto_confirm_at=deadline
    ):
        return False
    publish(session, OrderShipped(order_no, order.user_id))
    return True


def _nothing_left(session: Session, order_id: int) -> bool:
    of_order = OrderLine.order_id == order_id
    gone = OrderLine.shipped_quantity + OrderLine.restocked_quantity
    return bool(
        session.scalar(
            select(
                exists().where(of_order, OrderLine.shipped_quantity > 0)
                & ~exists().where(of_order, gone < OrderLine.quantity)
            )
        )
    )


def confirm_receipt(user_id: int, order_no: str) -> None:
    """The shopper has the goods. Confirming twice is the same as once.

    Raises OrderNotFound, and OrderStateConflict when it hasn't been shipped.
    """
    with transaction() as session:
        order = find(session, order_no)
        if order is None or order.user_id != user_id:
            raise OrderNotFound
        if _complete(session, order, "shopper"):
            return
        status = session.scalar(select(Order.status).where(Order.id == order.id))
        if status != states.COMPLETED:
            raise OrderStateConflict


def complete(session: Session, order_no: str, cause: str) -> bool:
    """A shipped order is in the shopper's hands, for example handed out at a counter.

    False, and nothing changed, when it isn't shipped.
    """
    order = find(session, order_no)
    return order is not None and _complete(session, order, cause)


def _complete(session: Session, order: OrderRef, cause: str) -> bool:
    if not states.move(session, order.id, states.SHIPPED, states.COMPLETED, cause):
        return False
    publish(session, OrderCompleted(order.order_no, order.user_id))
    return True


_CONFIRM_DUE = text(
    """
    WITH due AS (
        SELECT id FROM orders
        WHERE status = 'shipped' AND auto_confirm_at <= clock_timestamp()
        ORDER BY auto_confirm_at LIMIT :batch FOR NO KEY UPDATE SKIP LOCKED
    ), done AS (
        UPDATE orders o SET status = 'completed', completed_at = clock_timestamp()
        FROM due WHERE o.id = due.id AND o.status = 'shipped'
        RETURNING o.id, o.order_no, o.user_id
    ), noted AS (
        INSERT INTO order_transitions (order_id, from_status, to_status, cause)
        SELECT id, 'shipped', 'completed', 'time' FROM done
    )
    SELECT order_no, user_id FROM done
    """
)


def confirm_due(batch: int = 200) -> int:
    """Complete up to `batch` shipped orders whose time is up; says how many there were.

    Orders that somebody holds are left for the next round.
    """
    with transaction() as session:
        done = session.execute(_CONFIRM_DUE, {"batch": batch}).all()
        for row in done:
            publish(session, OrderCompleted(row.order_no, row.user_id))
        return len(done)
