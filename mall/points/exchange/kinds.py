"""The kinds of exchange orders, and the name by which exchanges join an order."""

from __future__ import annotations

from mall.orders.kinds import OrderKind
from mall.points.exchange.models import SKU
from mall.pricing.quote import Lane

PARTICIPANT = "exchange"
EXCHANGE = OrderKind(
    "exchange",
    "积分兑换单",
    lanes=frozenset({Lane.ACTIVITY, Lane.FREIGHT}),
    participants=frozenset({PARTICIPANT, "freight"}),
    may_be_free=True,
    needs_shelf=False,
    takes_from_cart=False,
    # Its points went back when it was closed.
    places_again=False,
    earns=False,
)
"""Goods that are sent."""
EXCHANGE_VIRTUAL = OrderKind(
    "exchange_virtual",
    "积分兑换单（虚拟）",
    lanes=frozenset({Lane.ACTIVITY}),
    participants=frozenset({PARTICIPANT}),
    may_be_free=True,
    needs_shelf=False,
    takes_from_cart=False,
    places_again=False,
    needs_address=False,
    ships=False,
    returnable=False,
    earns=False,
)
"""Rewards and codes: delivered by the points mall, and not returnable then."""
KINDS = (EXCHANGE, EXCHANGE_VIRTUAL)


def kind_for(item_kind: str) -> OrderKind:
    """The kind of an order of such an item."""
    return EXCHANGE if item_kind == SKU else EXCHANGE_VIRTUAL
