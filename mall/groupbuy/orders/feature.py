"""Seats: their orders, and opening, joining and leaving teams as shoppers do it."""

from __future__ import annotations

from mall.groupbuy.orders import routes
from mall.groupbuy.orders.invariants import INVARIANTS
from mall.groupbuy.orders.kinds import KINDS, WAITS
from mall.groupbuy.orders.participant import GroupbuyParticipant
from mall.kernel.features import Mall
from mall.orders.holding import HOLD_REASONS
from mall.orders.kinds import ORDER_KINDS
from mall.orders.participants import PARTICIPANTS, REFUNDING


def install(mall: Mall) -> None:
    """Declare the orders of seats, and the shopper's routes."""
    mall.add(ORDER_KINDS, *KINDS)
    mall.add(HOLD_REASONS, WAITS)
    mall.add(PARTICIPANTS, GroupbuyParticipant())
    mall.fails(REFUNDING, "group_refund_due", "group_waits")
    mall.blueprints(routes.blp)
    mall.invariants(*INVARIANTS)
