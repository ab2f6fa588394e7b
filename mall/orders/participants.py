"""The hook by which other features join an order, in the order's own transaction.

A participant may change the price, refuse or reserve with the order, give back when it is
closed, and hold up its shipping. What only reacts handles an event instead. Wiring
registers them; they are called in the order of registration.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.orm import Session

from mall.pricing.quote import PriceLine, PriceRule


@dataclass(frozen=True, slots=True)
class PlacingContext:
    """What a participant may base its price rules on. No region while none is chosen."""

    user_id: int
    lines: tuple[PriceLine, ...]
    region_code: str | None


@dataclass(frozen=True, slots=True)
class OrderRef:
    """An order as participants meet it; more is in its tables, by `id`."""

    id: int
    order_no: str
    user_id: int


class OrderParticipant(Protocol):
    """A feature that joins orders. None of these may call WeChat or commit."""

    @property
    def name(self) -> str:
        """Stable and unique among the participants."""
        ...

    def price_rules(self, session: Session, context: PlacingContext) -> list[PriceRule]:
        """The rules that apply, for preview and placing alike. Only reads."""
        ...

    def on_placing(self, session: Session, order: OrderRef) -> None:
        """The order and its lines are written; reserve with it, or raise a MallError."""
        ...

    def on_cancelling(self, session: Session, order: OrderRef) -> None:
        """The order was closed; give back what it held."""
        ...

    def before_shipping(self, session: Session, order: OrderRef) -> None:
        """Raise a MallError when the order must not leave yet."""
        ...


_participants: dict[str, OrderParticipant] = {}


def register(participant: OrderParticipant) -> None:
    """Let a feature join orders. A name that is registered again is replaced in its place."""
    _participants[participant.name] = participant


def price_rules(session: Session, context: PlacingContext) -> list[PriceRule]:
    """Everybody's rules, in the order of registration."""
    return [rule for p in _participants.values() for rule in p.price_rules(session, context)]


def on_placing(session: Session, order: OrderRef) -> None:
    """Tell everybody that an order is placed; any may refuse it."""
    for participant in _participants.values():
        participant.on_placing(session, order)


def on_cancelling(session: Session, order: OrderRef) -> None:
    """Tell everybody that an order is closed."""
    for participant in _participants.values():
        participant.on_cancelling(session, order)


def before_shipping(session: Session, order: OrderRef) -> None:
    """Ask everybody whether an order may leave."""
    for participant in _participants.values():
        participant.before_shipping(session, order)
