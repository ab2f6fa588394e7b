"""The kind of a trial's order, and the name by which trials join an order."""

from __future__ import annotations

from mall.orders.kinds import OrderKind
from mall.pricing.quote import Lane
from mall.reviews.writing.names import TRIAL as KIND

PARTICIPANT = "trial"
TRIAL = OrderKind(
    KIND,
    "试用订单",
    lanes=frozenset({Lane.ACTIVITY, Lane.FREIGHT}),
    participants=frozenset({PARTICIPANT, "freight"}),
    may_be_free=True,
    needs_shelf=False,
    takes_from_cart=False,
    places_again=False,
    # There is nothing to give back, and no reward for what cost nothing.
    returnable=False,
    earns=False,
)
