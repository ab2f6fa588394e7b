"""The hook by which other features join an order, in the order's own transaction.

A participant may change the price, refuse or reserve with the order, give back when it is
closed, and hold up its shipping. What only reacts handles an event instead. Wiring
registers them; they are called in the order of registration.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from mall.kernel.errors import ValidationFailed
from mall.pricing.quote import PriceLine, PriceRule, Quote


@dataclass(frozen=True, slots=True)
class PlacingContext:
    """What a participant may base its price rules on. No region while none is chosen.

    `choices` is what the shopper chose, by the participant's name, in the participant's own
    words (`{"coupons": "best"}`). `at` is a moment that staff ask about, instead of now.
    """

    user_id: int
    lines: tuple[PriceLine, ...]
    region_code: str | None
    choices: Mapping[str, str] = field(default_factory=dict)
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OrderRef:
    """An order as participants meet it; more is in its tables, by `id`.

    `sources` are those of its price adjustments; told in `on_placing` only, where a
    participant finds its own among them without a query.
    """

    id: int
    order_no: str
    user_id: int
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that a participant can say of a quote to the shopper.

    `participant` and `choice` are what to send as a choice to have it; no choice for what
    needs none. `amount_fen` is what it saves, or would. `reason` says in the shopper's
    words why it doesn't apply, or what is missing for it (再买 23.00 元可减 50.00 元).
    """

    participant: str
    choice: str | None
    label: str
    applies: bool
    chosen: bool
    amount_fen: int
    reason: str | None = None


Offering = Callable[[Session, PlacingContext, Quote], Sequence[Offer]]
"""What a participant can say of a finished quote. Only reads."""


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
_offerings: dict[str, Offering] = {}


def register(participant: OrderParticipant, *, offers: Offering | None = None) -> None:
    """Let a feature join orders. A name that is registered again is replaced in its place.

    `offers` tells a shopper who asks for a quote what else there is.
    """
    _participants[participant.name] = participant
    if offers is not None:
        _offerings[participant.name] = offers


def price_rules(session: Session, context: PlacingContext) -> list[PriceRule]:
    """Everybody's rules, in the order of registration.

    Raises ValidationFailed for a choice that names no participant.
    """
    if not context.choices.keys() <= _participants.keys():
        raise ValidationFailed("没有这项选择", param="choices")
    return [rule for p in _participants.values() for rule in p.price_rules(session, context)]


def offers(session: Session, context: PlacingContext, quote: Quote) -> list[Offer]:
    """What everybody can say of this quote."""
    return [offer for say in _offerings.values() for offer in say(session, context, quote)]


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
