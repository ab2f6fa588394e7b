"""An exchange's part of an order: its units, its points, and how both go back.

The item's row is locked by whoever calls (the participant's `lock`), so what is counted here
stands until the commit: the units left, and what the shopper had in the period.
"""

from __future__ import annotations

from typing import Any

import structlog
from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from mall.inventory.errors import OutOfStock
from mall.orders.extras import LinesBack
from mall.orders.placed import PlacedOrder
from mall.points.exchange.codes.matching import match_stock
from mall.points.exchange.errors import ExchangePriceChanged, ExchangeSoldOut
from mall.points.exchange.items.queries import offered
from mall.points.exchange.items.stock import give_to_order, take_from_order
from mall.points.exchange.models import REWARD, ExchangeOrder, hold_source
from mall.points.exchange.orders.choice import Choice, chosen
from mall.points.exchange.orders.eligibility import facts_of, why_not
from mall.points.ledger import holding
from mall.rewards.reversing import reverse_for

_log = structlog.get_logger("mall.points.exchange")

# Units that can be the item's again: of an order that was paid only if none ever left.
_TO_RELEASE = text(
    """
    UPDATE exchange_orders x SET released = true, awaits_delivery = false
    WHERE x.order_id = :order_id AND NOT x.released AND x.units = (
        SELECT sum(CASE WHEN o.paid_at IS NULL THEN l.quantity ELSE l.restocked_quantity END)
        FROM orders o JOIN order_lines l ON l.order_id = o.id WHERE o.id = x.order_id
    )
    RETURNING item_id, units
    """
)
_UNITS_BACK = text(
    """
    UPDATE exchange_orders x SET units_back = units_back + :units FROM exchange_items i
    WHERE x.order_id = :order_id AND i.id = x.item_id
    RETURNING x.units, x.units_back, x.points, i.kind
    """
)
_POINTS = text("SELECT points FROM exchange_orders WHERE order_id = :order_id")
_COST = text("SELECT points, units FROM exchange_orders WHERE order_id = :order_id")


def claim(session: Session, order: PlacedOrder) -> None:
    """The units of a new order: counted for the item and the shopper, sellable for the order.

    Raises ExchangeNotOpen, ExchangeSoldOut, ExchangeLimitReached, ExchangeNotAllowed,
    ExchangePriceChanged.
    """
    choice = chosen(order.choices)
    (line,) = order.lines
    one = offered(session, choice.item_id)
    facts = facts_of(session, order.user_id, [one])
    for refusal in why_not(one, line.quantity, facts):
        raise refusal
    if Choice(one.item.id, one.points, one.cash_fen) != choice:
        raise ExchangePriceChanged
    if not give_to_order(session, one.item.id, line.sku_id, line.quantity, order.order_no):
        raise ExchangeSoldOut
    session.execute(
        insert(ExchangeOrder).values(
            order_id=order.id,
            item_id=one.item.id,
            user_id=order.user_id,
            units=line.quantity,
            points=choice.points * line.quantity,
            reward=one.item.reward,
            awaits_delivery=not order.kind.ships,
        )
    )


def hold_points(session: Session, order: PlacedOrder) -> None:
    """Reserve the order's points. Raises PointsShort."""
    points = session.execute(_POINTS, {"order_id": order.id}).scalar_one()
    holding.hold(session, order.user_id, hold_source(order.order_no), points)


def settle_points(session: Session, order: PlacedOrder) -> None:
    """The order was paid: its points are spent."""
    holding.settle(session, hold_source(order.order_no))


def cancel(session: Session, order: PlacedOrder) -> None:
    """The order was closed: units that never left are the item's, all points the shopper's."""
    released = session.execute(_TO_RELEASE, {"order_id": order.id}).first()
    if released is not None:
        _release(session, order, released)
    source = hold_source(order.order_no)
    if not holding.release(session, source):
        points = session.execute(_POINTS, {"order_id": order.id}).scalar_one()
        holding.give_back(session, source, points)


def _release(session: Session, order: PlacedOrder, row: Any) -> None:
    """An item's units come back. Where a part was refunded before, and sold on the shelf, there
    are too few: then they stay counted as exchanged."""
    try:
        with session.begin_nested():
            take_from_order(session, row.item_id, row.units, order.order_no)
    except OutOfStock:
        _log.warning("units of an exchange are gone", order_no=order.order_no, units=row.units)
        session.execute(_KEEP, {"order_id": order.id})
        return
    match_stock(session, row.item_id)


_KEEP = text("UPDATE exchange_orders SET released = false WHERE order_id = :order_id")


def give_back_units(session: Session, order: PlacedOrder, units: int, *, in_full: bool) -> None:
    """A refund of so many units has arrived: their points go back; a reward with the last."""
    values = {"order_id": order.id, "units": units}
    found = session.execute(_UNITS_BACK, values).one()
    source = hold_source(order.order_no)
    if found.kind == REWARD and in_full:
        reverse_for(session, source, cause="exchange:refund")
    holding.give_back(session, source, found.points * found.units_back // found.units)


def points_back(session: Session, order: PlacedOrder, back: LinesBack) -> int:
    """The points that are back in all once so much of the order is."""
    cost = session.execute(_COST, {"order_id": order.id}).one()
    return int(cost.points * sum(line.units for line in back.values()) // cost.units)
