"""The kind of orders of blind boxes."""

from __future__ import annotations

from mall.lottery.boxes.names import PARTICIPANT, RETURN_DAYS
from mall.orders.kinds import OrderKind


def _return_days() -> int:
    return RETURN_DAYS


BLIND_BOX = OrderKind(
    PARTICIPANT,
    "盲盒订单",
    # The price is the one that was published: nothing makes it less.
    lanes=frozenset(),
    participants=frozenset({PARTICIPANT}),
    # Boxes have a page of their own: their product stays off the shelf, out of lists and carts.
    needs_shelf=False,
    takes_from_cart=False,
    places_again=False,
    needs_address=False,
    ships=False,
    return_days=_return_days,
    # No points, no commission for what may bring points itself.
    earns=False,
)
