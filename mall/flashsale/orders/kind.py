"""The kind of a flash order: its price, its pay window, and no other discounts."""

from __future__ import annotations

from mall.flashsale.settings import PAY_MIN
from mall.orders.kinds import OrderKind
from mall.pricing.quote import Lane

PARTICIPANT = "flash"


def _pay_min() -> int:
    return PAY_MIN.get()


FLASH = OrderKind(
    "flash",
    "秒杀订单",
    lanes=frozenset({Lane.ACTIVITY, Lane.FREIGHT}),
    participants=frozenset({PARTICIPANT, "freight"}),
    pay_min=_pay_min,
    # Its units went back to the sale when it was closed.
    places_again=False,
)
