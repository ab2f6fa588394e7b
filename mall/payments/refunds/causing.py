"""Refunds that a feature causes: the whole order, units of it, or a rebate while the goods are
kept.

All are made within the feature's own transaction, and once for an order and a cause, however
often they are asked for. Staff may retry such a refund; they can't cancel it.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.orders.errors import RefundNotPossible
from mall.orders.locking import lock_order
from mall.orders.models import OrderLine
from mall.payments.models import Refund
from mall.payments.refund_writing import RefundGround
from mall.payments.refunds.requesting import make_refund, order_lines_by_id, share_of


def refund_in_full(session: Session, order_no: str, cause: str, reason: str) -> str | None:
    """Give back all that is left of a paid order: units, money and freight. Its refund_no.

    `cause` names the feature and its ground (`groupbuy:team:17`); asked again for the same
    cause, it is the first refund's number. None when nothing is left to give back. An unpaid
    order is closed instead (`payments.closing.enqueue_closing`). Raises OrderNotFound,
    OrderStateConflict when it isn't paid for, and what a participant refuses.
    """
    order = lock_order(session, order_no)
    known = _known(session, order.id, cause)
    if known is not None:
        return known
    left = [
        (line.id, units, share_of(line, units))
        for line in order_lines_by_id(session, order.id).values()
        for units in [line.quantity - line.refunded_quantity]
    ]
    # Of units that staff refunded for less than their share, the rest of the money goes back.
    lines = [(line_id, units, fen) for line_id, units, fen in left if units or fen]
    freight_fen = order.freight_fen - order.freight_refunded_fen
    if not lines and not freight_fen:
        return None
    ground = RefundGround(cause, reason, cancellable=False)
    refund_id = make_refund(session, order, lines, freight_fen, ground)
    return _number(session, refund_id)


def refund_units(
    session: Session, order_no: str, units: Mapping[int, int], cause: str, reason: str
) -> str:
    """Give back `units` (position of the line → how many) of a paid order, at their share of what
    was paid; the refund_no.

    Asked again for the same cause, it is the first refund's number. Raises OrderNotFound,
    OrderStateConflict when the order isn't paid for, RefundNotPossible for no units, or more than
    are left of a line, and what a participant refuses.
    """
    order = lock_order(session, order_no)
    known = _known(session, order.id, cause)
    if known is not None:
        return known
    lines = [
        (line.id, units[line.position], share_of(line, units[line.position]))
        for line in order_lines_by_id(session, order.id).values()
        if line.position in units
    ]
    if not lines or len(lines) != len(units):
        raise RefundNotPossible(param="lines")
    ground = RefundGround(cause, reason, cancellable=False)
    return _number(session, make_refund(session, order, lines, 0, ground))


def rebate(
    session: Session, order_no: str, amounts: Mapping[int, int], cause: str, reason: str
) -> str:
    """Give back `amounts` (position of the line → fen) of what was paid; the goods are kept.

    Later returns give back shares of what the rebate left. Asked again for the same cause, it
    is the first refund's number. Raises OrderNotFound, OrderStateConflict when the order isn't
    paid for, RefundNotPossible for no amount, or more than is left of a line, and what a
    participant refuses.
    """
    order = lock_order(session, order_no)
    known = _known(session, order.id, cause)
    if known is not None:
        return known
    by_position = {line.position: line for line in order_lines_by_id(session, order.id).values()}
    if not amounts or not amounts.keys() <= by_position.keys():
        raise RefundNotPossible(param="lines")
    lines = [(_kept(by_position[place]).id, 0, fen) for place, fen in sorted(amounts.items())]
    ground = RefundGround(cause, reason, cancellable=False)
    refund_id = make_refund(session, order, lines, 0, ground)
    return _number(session, refund_id)


def _kept(line: OrderLine) -> OrderLine:
    """A line with units that the shopper keeps: only these can become cheaper."""
    if line.refunded_quantity >= line.quantity:
        raise RefundNotPossible(param="lines")
    return line


def _known(session: Session, order_id: int, cause: str) -> str | None:
    if cause == "staff" or ":" not in cause:
        raise ValueError("a cause names the feature and its ground, such as groupbuy:team:17")
    return session.scalar(
        select(Refund.refund_no).where(
            Refund.order_id == order_id, Refund.cause == cause, Refund.kind == "order"
        )
    )


def _number(session: Session, refund_id: int) -> str:
    return session.scalars(select(Refund.refund_no).where(Refund.id == refund_id)).one()
