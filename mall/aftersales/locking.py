"""Locks and reads before a decision. Lock order: the order, then the after-sale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.aftersales.amounts import GiftOf, LineState
from mall.aftersales.errors import AfterSaleNotFound
from mall.aftersales.models import AfterSale, AfterSaleLine
from mall.aftersales.states import OPEN, REFUNDED, REFUNDING
from mall.orders.locking import LockedOrder, lock_order
from mall.orders.models import Order, OrderLine
from mall.pricing.quote import GiftRule


@dataclass(frozen=True, slots=True)
class LockedAfterSale:
    """An after-sale and its order, both locked until the commit."""

    order: LockedOrder
    sale: AfterSale


def lock_after_sale(
    session: Session, after_sale_no: str, user_id: int | None = None
) -> LockedAfterSale:
    """Lock an after-sale; with `user_id` only this shopper's. Raises AfterSaleNotFound."""
    of_sale = select(Order.order_no).join(AfterSale, AfterSale.order_id == Order.id)
    if user_id is not None:
        of_sale = of_sale.where(AfterSale.user_id == user_id)
    order_no = session.scalar(of_sale.where(AfterSale.after_sale_no == after_sale_no))
    if order_no is None:
        raise AfterSaleNotFound
    order = lock_order(session, order_no)
    sale = session.scalars(
        select(AfterSale)
        .where(AfterSale.after_sale_no == after_sale_no)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    return LockedAfterSale(order, sale)


def line_states(session: Session, order_id: int) -> dict[int, LineState]:
    """The lines of an order by id, with what open after-sales hold of them."""
    claimed = (
        select(
            AfterSaleLine.order_line_id.label("line_id"),
            func.sum(AfterSaleLine.quantity).filter(AfterSale.status.in_(OPEN)).label("units"),
            func.sum(AfterSaleLine.share_fen).filter(AfterSale.status.in_(OPEN)).label("fen"),
            func.sum(AfterSaleLine.share_fen - AfterSaleLine.amount_fen)
            .filter(AfterSale.status.in_((REFUNDING, REFUNDED)))
            .label("withheld"),
        )
        .join(AfterSale, AfterSale.id == AfterSaleLine.after_sale_id)
        .where(AfterSale.order_id == order_id)
        .group_by(AfterSaleLine.order_line_id)
        .subquery()
    )
    rows = session.execute(
        select(
            OrderLine.id,
            OrderLine.position,
            OrderLine.quantity,
            OrderLine.shipped_quantity,
            OrderLine.restocked_quantity,
            OrderLine.price_fen,
            OrderLine.payable_fen,
            OrderLine.refunded_quantity,
            OrderLine.refunded_fen,
            OrderLine.rebated_fen,
            func.coalesce(claimed.c.units, 0),
            func.coalesce(claimed.c.fen, 0),
            func.coalesce(claimed.c.withheld, 0),
            OrderLine.gift,
        )
        .outerjoin(claimed, claimed.c.line_id == OrderLine.id)
        .where(OrderLine.order_id == order_id)
        .order_by(OrderLine.position)
    )
    return {row[0]: _state(*row) for row in rows}


def _state(*row: Any) -> LineState:
    return LineState(*(int(value) for value in row[:-1]), gift=_gift(row[-1]))


def _gift(stored: Mapping[str, Any] | None) -> GiftOf | None:
    if stored is None:
        return None
    rule = GiftRule(stored["from_units"], stored["units"], stored["repeat"])
    return GiftOf(frozenset(stored["for"]), rule)


def lines_of(session: Session, sale_id: int) -> Sequence[AfterSaleLine]:
    """The lines of an after-sale, read afresh."""
    return session.scalars(
        select(AfterSaleLine)
        .where(AfterSaleLine.after_sale_id == sale_id)
        .order_by(AfterSaleLine.order_line_id)
        .execution_options(populate_existing=True)
    ).all()


def open_freight(session: Session, order_id: int, *, beside: int = 0) -> int:
    """Freight that open after-sales of an order count on, `beside` the one with this id."""
    found = session.scalar(
        select(func.coalesce(func.sum(AfterSale.freight_fen), 0)).where(
            AfterSale.order_id == order_id, AfterSale.status.in_(OPEN), AfterSale.id != beside
        )
    )
    return int(found or 0)


def line_states_beside(
    session: Session, order_id: int, lines: Sequence[AfterSaleLine]
) -> dict[int, LineState]:
    """The lines of an order by id, with what open after-sales hold of them, but for the one that
    has these `lines`."""
    own = {line.order_line_id: line for line in lines}
    return {
        line_id: replace(
            line,
            claimed_quantity=line.claimed_quantity - own[line_id].quantity,
            claimed_fen=line.claimed_fen - own[line_id].share_fen,
        )
        if line_id in own
        else line
        for line_id, line in line_states(session, order_id).items()
    }
