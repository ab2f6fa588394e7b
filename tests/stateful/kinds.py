"""Kinds of orders, a hold and a participant that the machine plays with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.aftersales.events import OrderSettled
from mall.kernel.errors import Conflict
from mall.kernel.features import Mall
from mall.orders import holding
from mall.orders.events import SettledOrderReduced
from mall.orders.holding import HOLD_REASONS, HoldReason
from mall.orders.kinds import ALL_LANES, NORMAL, ORDER_KINDS, OrderKind
from mall.orders.models import Order
from mall.orders.participants import PARTICIPANTS, OrderParticipant, PlacingContext
from mall.orders.placed import PlacedOrder
from mall.pricing.activity import activity_price
from mall.pricing.quote import Lane, PriceRule

NAME = "machine"

SAMPLE = OrderKind(
    "sample", "样品单", frozenset({Lane.ACTIVITY}), frozenset({NAME}), may_be_free=True
)
TICKET = OrderKind(
    "ticket",
    "票券单",
    ALL_LANES - {Lane.FREIGHT},
    ships=False,
    needs_address=False,
    earns=False,
)
TEAM = OrderKind("team", "团单")
"""Held when it is paid."""
FINAL = OrderKind("final", "不退单", places_again=False, returnable=False)
KINDS = (NORMAL, SAMPLE, TICKET, TEAM, FINAL)

WAITS = HoldReason("machine.waits", "等待成团")
FREE, FIRST_IS_FREE = "free", "first"
"""What may be chosen of a sample: all of it for nothing, or its first SKU."""


class StillHeld(Conflict):
    code = "machine_still_held"
    message = "订单等待成团"


class Toy(OrderParticipant):
    """Makes samples free, holds teams, gives money of held orders back itself only."""

    name = NAME

    def __init__(self) -> None:
        self.settled: Counter[tuple[str, int]] = Counter()
        """How often it was told that an order was settled, with what was left paid for it."""
        self.reduced: Counter[str] = Counter()
        """Fen that went back after that, by order."""

    def install(self, mall: Mall) -> None:
        mall.add(ORDER_KINDS, *KINDS[1:])
        mall.add(HOLD_REASONS, WAITS)
        mall.add(PARTICIPANTS, self)
        mall.on(OrderSettled, "machine.settled", self._on_settled)
        mall.on(SettledOrderReduced, "machine.reduced", self._on_reduced)

    def price_rules(self, session: Session, context: PlacingContext) -> Sequence[PriceRule]:
        choice = context.choices.get(NAME)
        skus = sorted(line.sku_id for line in context.lines)
        free = {FREE: skus, FIRST_IS_FREE: skus[:1]}.get(choice or "", [])
        return [activity_price("machine:1", "试用", dict.fromkeys(free, 0))] if free else []

    def on_paid(self, session: Session, order: PlacedOrder) -> None:
        if order.kind is TEAM:
            assert holding.hold(session, order.id, WAITS)

    def before_refund(self, session: Session, order: PlacedOrder, cause: str) -> None:
        held = session.scalar(select(Order.hold_reason).where(Order.id == order.id))
        if held and not cause.startswith(NAME):
            raise StillHeld

    def _on_settled(self, _session: Session, event: OrderSettled) -> None:
        self.settled[event.order_no, event.paid_fen] += 1

    def _on_reduced(self, _session: Session, event: SettledOrderReduced) -> None:
        self.reduced[event.order_no] += event.amount_fen
