"""Reads of orders for shoppers and staff."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from mall.orders import participants
from mall.orders.addresses import open_address
from mall.orders.also_paid import PaidOtherwise, also_paid_of
from mall.orders.errors import OrderNotFound
from mall.orders.extras import Extra
from mall.orders.kinds import ORDER_KINDS
from mall.orders.models import Order, OrderAdjustment, OrderLine, OrderTransition
from mall.orders.placed import read_placed
from mall.orders.states import PAID
from mall.users.addressing import AddressSnapshot


@dataclass(frozen=True, slots=True)
class OrderWithLines:
    """An order as a list shows it."""

    order: Order
    lines: Sequence[OrderLine]
    also_paid: Sequence[PaidOtherwise]


@dataclass(frozen=True, slots=True)
class OrderDetail:
    """Everything about an order. The address is personal."""

    order: Order
    lines: Sequence[OrderLine]
    adjustments: Sequence[OrderAdjustment]
    history: Sequence[OrderTransition]
    address: AddressSnapshot | None
    replaced_by: str | None
    also_paid: Sequence[PaidOtherwise]
    extras: Sequence[Extra]


def _shipped() -> list[str]:
    return [name for name, kind in ORDER_KINDS.items().items() if kind.ships]


@dataclass(frozen=True)
class OrderFilter:
    """What staff look for; each part narrows. Times are from (included) to (not included).

    `to_ship`: paid, not on hold, and of a kind whose goods are sent.
    """

    status: str | None = None
    kind: str | None = None
    held: bool | None = None
    to_ship: bool | None = None
    order_no: str | None = None
    user_id: int | None = None
    sku_id: int | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None

    def used(self) -> dict[str, Any]:
        """The parts that narrow."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def apply(self, query: Select[Order]) -> Select[Order]:
        for column, value in (
            (Order.status, self.status),
            (Order.kind, self.kind),
            (Order.order_no, self.order_no),
            (Order.user_id, self.user_id),
        ):
            if value is not None:
                query = query.where(column == value)
        if self.held is not None:
            is_held = Order.hold_reason.is_not(None)
            query = query.where(is_held if self.held else ~is_held)
        if self.to_ship is not None:
            waits = (
                (Order.status == PAID) & Order.hold_reason.is_(None) & Order.kind.in_(_shipped())
            )
            query = query.where(waits if self.to_ship else ~waits)
        if self.sku_id is not None:
            query = query.where(
                exists().where(OrderLine.order_id == Order.id, OrderLine.sku_id == self.sku_id)
            )
        if self.created_from is not None:
            query = query.where(Order.created_at >= self.created_from)
        if self.created_to is not None:
            query = query.where(Order.created_at < self.created_to)
        return query


def orders(
    session: Session, wanted: OrderFilter, *, before: int | None, limit: int
) -> list[OrderWithLines]:
    """Orders that fit, newest first, older than id `before`; one more than `limit`, for paging."""
    return listed(session, wanted.apply(select(Order)), before=before, limit=limit)


def listed(
    session: Session, query: Select[Order], *, before: int | None, limit: int
) -> list[OrderWithLines]:
    """The orders of a query, newest first, older than id `before`; one more than `limit`."""
    if before is not None:
        query = query.where(Order.id < before)
    found = session.scalars(query.order_by(Order.id.desc()).limit(limit + 1)).all()
    ids = [order.id for order in found]
    lines, paid = lines_of(session, ids), also_paid_of(session, ids)
    return [OrderWithLines(order, lines[order.id], paid[order.id]) for order in found]


def lines_of(session: Session, order_ids: Collection[int]) -> dict[int, list[OrderLine]]:
    """The lines of these orders, by order and in their order."""
    by_order: dict[int, list[OrderLine]] = {order_id: [] for order_id in order_ids}
    query = select(OrderLine).where(OrderLine.order_id.in_(order_ids))
    for line in session.scalars(query.order_by(OrderLine.order_id, OrderLine.position)):
        by_order[line.order_id].append(line)
    return by_order


def detail(session: Session, order_no: str, user_id: int | None = None) -> OrderDetail:
    """An order with all that belongs to it; with `user_id` only if it is this shopper's.

    Raises OrderNotFound, for another shopper's too.
    """
    order = session.scalar(select(Order).where(Order.order_no == order_no))
    if order is None or (user_id is not None and order.user_id != user_id):
        raise OrderNotFound
    return OrderDetail(
        order=order,
        lines=lines_of(session, [order.id])[order.id],
        adjustments=session.scalars(
            select(OrderAdjustment)
            .where(OrderAdjustment.order_id == order.id)
            .order_by(OrderAdjustment.id)
        ).all(),
        history=session.scalars(
            select(OrderTransition)
            .where(OrderTransition.order_id == order.id)
            .order_by(OrderTransition.id)
        ).all(),
        address=open_address(order.address_sealed),
        replaced_by=session.scalar(
            select(Order.order_no).where(Order.replaces_order_id == order.id)
        ),
        also_paid=also_paid_of(session, [order.id])[order.id],
        extras=participants.order_extras(session, read_placed(session, order_no)),
    )
