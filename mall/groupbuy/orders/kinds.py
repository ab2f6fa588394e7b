"""The kinds of group-buy orders: what an activity lets join them, and whether they earn."""

from __future__ import annotations

from dataclasses import replace

from mall.orders.holding import HoldReason
from mall.orders.kinds import OrderKind
from mall.pricing.quote import Lane

PARTICIPANT = "groupbuy"
WAITS = HoldReason("groupbuy.forming", "等待成团")
GROUPBUY = OrderKind(
    "groupbuy",
    "拼团订单",
    lanes=frozenset({Lane.ACTIVITY, Lane.FREIGHT}),
    participants=frozenset({PARTICIPANT, "freight"}),
    takes_from_cart=False,
    # Its seat may be another's: money that comes after the close always goes back.
    places_again=False,
    hold=WAITS,
    earns=False,
)
GROUPBUY_EARNING = replace(GROUPBUY, name="groupbuy_earning", earns=True)
"""Of an activity whose prices earn points and count for rewards."""
KINDS = (GROUPBUY, GROUPBUY_EARNING)
NAMES = frozenset(kind.name for kind in KINDS)


def is_groupbuy(kind: OrderKind) -> bool:
    """Whether orders of this kind belong to a team."""
    return kind.name in NAMES
