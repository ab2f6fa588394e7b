"""A flash order that ends without its goods leaving: the units go back to the sale, once.

The ticket is the token. Its one UPDATE decides; what the order's own end made sellable is
reserved for the item again in the same transaction, and a job tells the gate after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.flashsale.gate import GateLocation
from mall.flashsale.gate import release as release_at_gate
from mall.flashsale.models import ticket_ref
from mall.flashsale.orders.kind import FLASH, PARTICIPANT
from mall.flashsale.orders.pricing import flash_price
from mall.inventory import commands as inventory
from mall.inventory.errors import OutOfStock
from mall.kernel.jobs import defer, job
from mall.orders.participants import OrderParticipant, PlacingContext
from mall.orders.placed import PlacedOrder
from mall.pricing.quote import PriceRule

RELEASE = "flashsale.release_ticket"
_log = structlog.get_logger("mall.flashsale")

# An order that was paid has its units back only as far as they never left.
_TICKET = text(
    """
    SELECT t.ticket, t.item_id, t.user_id, t.units, i.session_id, i.sku_id, i.splits
    FROM flash_tickets t JOIN flash_items i ON i.id = t.item_id
    WHERE t.order_id = :order_id AND t.status = 'ordered' AND t.units = (
        SELECT sum(CASE WHEN o.paid_at IS NULL THEN l.quantity ELSE l.restocked_quantity END)
        FROM orders o JOIN order_lines l ON l.order_id = o.id WHERE o.id = t.order_id
    )
    """
)
_PRICE = text("SELECT sku_id, price_fen FROM flash_items WHERE id = :item_id")
_ITEM = text("SELECT id FROM flash_items WHERE id = :item_id FOR NO KEY UPDATE")
_SESSION = text(
    "SELECT settled_at IS NOT NULL AS settled, limit_per_user FROM flash_sessions WHERE id = :id"
)
_RELEASE = text(
    """
    UPDATE flash_tickets SET status = 'released'
    WHERE ticket = :ticket AND status = 'ordered' RETURNING ticket
    """
)
_RETURN_UNITS = text(
    """
    WITH of_item AS (
        UPDATE flash_items SET sold = sold - :units,
            returned = returned + CASE WHEN :settled = 1 THEN :units ELSE 0 END
        WHERE id = :item_id
    ), of_shopper AS (
        UPDATE flash_shoppers SET units = units - :units
        WHERE item_id = :item_id AND user_id = :user_id
    )
    UPDATE flash_session_shoppers SET units = units - :units
    WHERE session_id = :session_id AND user_id = :user_id
    """
)


class FlashParticipant(OrderParticipant):
    """Gives the orders of a sale their price, and their units back when they are closed."""

    name = PARTICIPANT

    def price_rules(self, session: Session, context: PlacingContext) -> Sequence[PriceRule]:
        """The price of the chosen item, for orders of the sale's own kind only."""
        if context.kind is not FLASH:
            return ()
        item_id = int(context.choices[self.name])
        item = session.execute(_PRICE, {"item_id": item_id}).one()
        return [flash_price(item_id, item.sku_id, item.price_fen)]

    def activity_prices(self, session: Session, context: PlacingContext) -> tuple[()]:
        """A flash price is had in its sale alone."""
        return ()

    def lock(self, session: Session, order: PlacedOrder) -> None:
        if order.kind is FLASH:
            session.execute(_ITEM, {"item_id": int(order.choices[self.name])})

    def on_cancelling(self, session: Session, order: PlacedOrder) -> None:
        if order.kind is not FLASH:
            return
        ticket = session.execute(_TICKET, {"order_id": order.id}).first()
        if ticket is not None:
            _return_units(session, ticket)


def _return_units(session: Session, ticket: Any) -> None:
    sale = session.execute(_SESSION, {"id": ticket.session_id}).one()
    units = int(ticket.units)
    if not sale.settled and not _reserve_again(session, ticket, units):
        return
    if session.execute(_RELEASE, {"ticket": ticket.ticket}).first() is None:
        raise RuntimeError(f"ticket {ticket.ticket} was released under our lock")
    session.execute(
        _RETURN_UNITS,
        {
            "units": units,
            "settled": int(sale.settled),
            "item_id": ticket.item_id,
            "user_id": ticket.user_id,
            "session_id": ticket.session_id,
        },
    )
    if not sale.settled:
        defer(
            session,
            RELEASE,
            item_id=ticket.item_id,
            session_id=ticket.session_id,
            limited=sale.limit_per_user is not None,
            splits=ticket.splits,
            user_id=ticket.user_id,
            ticket=ticket.ticket,
        )


def _reserve_again(session: Session, ticket: Any, units: int) -> bool:
    """False when the shelf has them no more: a part was refunded, and sold, before the rest.
    They stay with the ticket then, as units that were bought."""
    try:
        inventory.reserve(session, {ticket.sku_id: units}, ref=ticket_ref(ticket.ticket))
    except OutOfStock:
        _log.warning("units of a flash ticket are gone", ticket=ticket.ticket, units=units)
        return False
    return True


@job(RELEASE)
def release_ticket(
    *, item_id: int, session_id: int, limited: bool, splits: int, user_id: int, ticket: str
) -> None:
    """Let the gate sell a ticket's units again. Twice is once; a gate that was loaded since
    has them already."""
    release_at_gate(GateLocation(item_id, session_id, limited, splits), user_id, ticket)
