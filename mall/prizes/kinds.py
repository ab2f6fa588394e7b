"""The kind of a prize's order, and the name by which prizes join an order."""

from __future__ import annotations

from collections.abc import Mapping

from mall.orders.kinds import OrderKind
from mall.pricing.quote import Lane

GOODS = "goods"
"""The kind of a reward's part that is a prize."""
PARTICIPANT = "prize"
PRIZE = OrderKind(
    "prize",
    "奖品订单",
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


def claim_of(choices: Mapping[str, str]) -> int:
    """The claim of an order of a prize."""
    return int(choices[PARTICIPANT])
