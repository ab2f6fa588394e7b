"""The hook by which other features join an order, in the order's own transaction.

A participant may change the price, refuse or reserve with the order, give back when it is
closed, and hold up its shipping. What only reacts handles an event instead. Features add
them to `PARTICIPANTS`; they are called in the order in which the features are installed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from mall.kernel.errors import ValidationFailed
from mall.kernel.registry import Registry
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


class OrderParticipant:
    """A feature that joins orders. It overrides the hooks that it needs.

    None of them may call WeChat or commit. One that refuses raises a MallError.
    """

    name: str
    """Stable, and unique among the participants."""

    def price_rules(self, session: Session, context: PlacingContext) -> Sequence[PriceRule]:
        """The rules that apply, for preview and placing alike. Only reads."""
        return ()

    def offers(self, session: Session, context: PlacingContext, quote: Quote) -> Sequence[Offer]:
        """What else a shopper who sees this quote could have of the participant. Only reads."""
        return ()

    def on_placing(self, session: Session, order: OrderRef) -> None:
        """The order and its lines are written: reserve with it, or refuse."""

    def on_paid(self, session: Session, order: OrderRef) -> None:
        """The order was paid in full. Must not refuse: the money has arrived."""

    def on_cancelling(self, session: Session, order: OrderRef) -> None:
        """The order was closed: give back what it held."""

    def before_shipping(self, session: Session, order: OrderRef) -> None:
        """Refuse when the order must not leave yet."""

    def before_refund(self, session: Session, order: OrderRef) -> None:
        """Refuse when money of the order must not go back now."""


PARTICIPANTS: Registry[OrderParticipant] = Registry("order participants", lambda one: one.name)


def price_rules(session: Session, context: PlacingContext) -> list[PriceRule]:
    """The rules of all participants, in their order.

    Raises ValidationFailed for a choice that names no participant.
    """
    joined = PARTICIPANTS.items()
    if not context.choices.keys() <= joined.keys():
        raise ValidationFailed("没有这项选择", param="choices")
    return [rule for one in joined.values() for rule in one.price_rules(session, context)]


def offers(session: Session, context: PlacingContext, quote: Quote) -> list[Offer]:
    """What all participants have to offer with this quote."""
    joined = PARTICIPANTS.items().values()
    return [offer for one in joined for offer in one.offers(session, context, quote)]


def on_placing(session: Session, order: OrderRef) -> None:
    """Tell all participants that an order is placed; any may refuse it."""
    for participant in PARTICIPANTS.items().values():
        participant.on_placing(session, order)


def on_cancelling(session: Session, order: OrderRef) -> None:
    """Tell all participants that an order is closed."""
    for participant in PARTICIPANTS.items().values():
        participant.on_cancelling(session, order)


def before_shipping(session: Session, order: OrderRef) -> None:
    """Ask all participants whether an order may leave."""
    for participant in PARTICIPANTS.items().values():
        participant.before_shipping(session, order)


def on_paid(session: Session, order: OrderRef) -> None:
    """Tell all participants that an order was paid."""
    for participant in PARTICIPANTS.items().values():
        participant.on_paid(session, order)


def before_refund(session: Session, order: OrderRef) -> None:
    """Ask all participants whether money of an order may go back."""
    for participant in PARTICIPANTS.items().values():
        participant.before_refund(session, order)
