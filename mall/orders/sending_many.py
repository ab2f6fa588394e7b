"""Many orders sent at once, each with all that is left of it: what `ship_units` does for one, in
a few statements for all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.kernel.db import int_array
from mall.kernel.events import publish
from mall.orders import participants
from mall.orders.events import OrderShipped
from mall.orders.kinds import kind_named
from mall.orders.locking import LockedOrder
from mall.orders.placed import read_many_placed
from mall.orders.settings import AUTO_CONFIRM_DAYS
from mall.orders.states import PAID

_SEND = text(
    """
    WITH rest AS (
        SELECT id, order_id, quantity - shipped_quantity - refunded_quantity AS units
        FROM order_lines WHERE order_id = ANY(CAST(:order_ids AS bigint[]))
    )
    UPDATE order_lines l SET shipped_quantity = l.shipped_quantity + rest.units
    FROM rest
    WHERE l.id = rest.id AND rest.units > 0
      AND l.shipped_quantity + l.refunded_quantity + rest.units <= l.quantity
    RETURNING rest.order_id, l.id, rest.units
    """
)
_MOVE = text(
    """
    WITH done AS (
        UPDATE orders o SET status = 'shipped', shipped_at = clock_timestamp(),
            auto_confirm_at = clock_timestamp() + make_interval(days => CAST(:days AS int))
        WHERE o.id = ANY(CAST(:order_ids AS bigint[])) AND o.status = 'paid' AND NOT EXISTS (
            SELECT FROM order_lines l WHERE l.order_id = o.id
            AND l.shipped_quantity + l.restocked_quantity < l.quantity
        )
        RETURNING o.id, o.order_no, o.user_id
    ), noted AS (
        INSERT INTO order_transitions (order_id, from_status, to_status, cause)
        SELECT id, 'paid', 'shipped', 'shipment' FROM done
    )
    SELECT id, order_no, user_id FROM done ORDER BY id
    """
)


@dataclass(frozen=True, slots=True)
class Sent:
    """What of an order was sent: line id → units. `complete`: the order is shipped."""

    units: Mapping[int, int]
    complete: bool


def send_all_left(session: Session, orders: Sequence[LockedOrder]) -> dict[int, Sent]:
    """Count all that is left of locked orders as sent, by order id.

    Left out, and unchanged, is each order that `ship_units` would refuse: it says why.
    """
    ready = {
        order.id
        for order in orders
        if order.status == PAID and order.hold_reason is None and kind_named(order.kind).ships
    }
    if ready:
        ready -= participants.refuse_shipping(session, read_many_placed(session, ready))
    units: dict[int, dict[int, int]] = defaultdict(dict)
    for row in session.execute(_SEND, {"order_ids": int_array(ready)}):
        units[row.order_id][row.id] = row.units
    complete = _move(session, units)
    return {order_id: Sent(sent, order_id in complete) for order_id, sent in units.items()}


def _move(session: Session, sent: Mapping[int, object]) -> set[int]:
    """The ids of those of which nothing is left; they are shipped."""
    values = {"order_ids": int_array(sent), "days": AUTO_CONFIRM_DAYS.get()}
    done = session.execute(_MOVE, values).all()
    for row in done:
        publish(session, OrderShipped(row.order_no, row.user_id))
    return {row.id for row in done}
