"""The hook by which other features join an order, in the order's own transaction.

A participant may change the price, refuse an order or reserve something for it, give that
back when the order is closed, and refuse shipping or a refund. A feature that only reacts
handles an event instead. Features add
them to `PARTICIPANTS`; they are called in the order in which the features are installed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from mall.kernel.errors import ValidationFailed
from mall.kernel.registry import Registry
from mall.pricing.quote import Lane, PriceLine, PriceRule, Quote


@dataclass(frozen=True, slots=True)
class PlacingContext:
    """What a participant may base its price rules on. No region while none is chosen.

    `choices` is what the shopper chose, by the participant's name; each participant defines
    its own values (`{"coupons": "best"}`). `at` is a moment that staff ask about, instead of now.
    """

    user_id: int
    lines: tuple[PriceLine, ...]
    region_code: str | None
    choices: Mapping[str, str] = field(default_factory=dict)
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OrderRef:
    """The order that a hook is about; `id` leads to its rows.

    `sources` are the sources of its price adjustments, so that a participant finds its own
    without a query. They are set in `on_placing` only.
    """

    id: int
    order_no: str
    user_id: int
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """A discount that a participant shows with a quote, whether it applies or not.

    The shopper takes it by sending `choice` for `participant`; None when it needs no
    choice. `amount_fen` is what it saves, or would save. `reason` is a text for the shopper:
    why it doesn't apply, or what is missing (再买 23.00 元可减 50.00 元).
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

    def activity_prices(self, session: Session, context: PlacingContext) -> Sequence[PriceRule]:
        """Its rules of the lane ACTIVITY, for lists: many SKUs, a unit of each. Only reads.

        A participant whose other rules cost statements answers this without them.
        """
        return [r for r in self.price_rules(session, context) if r.lane is Lane.ACTIVITY]

    def offers(self, session: Session, context: PlacingContext, quote: Quote) -> Sequence[Offer]:
        """The participant's discounts to show with this quote. Only reads."""
        return ()

    def on_placing(self, session: Session, order: OrderRef) -> None:
        """The order and its lines are written: reserve what belongs to it, or refuse."""

    def on_paid(self, session: Session, order: OrderRef) -> None:
        """The order was paid in full. Must not refuse: the money has arrived."""

    def on_cancelling(self, session: Session, order: OrderRef) -> None:
        """The order was closed: give back what was reserved for it."""

    def before_shipping(self, session: Session, order: OrderRef) -> None:
        """Called before units are shipped: refuse when they must not be yet."""

    def before_refund(self, session: Session, order: OrderRef) -> None:
        """Called before a refund is reserved: refuse when it must not be made now."""


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
    """The offers of all participants for this quote."""
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
    """Ask all participants whether units may be shipped."""
    for participant in PARTICIPANTS.items().values():
        participant.before_shipping(session, order)


def on_paid(session: Session, order: OrderRef) -> None:
    """Tell all participants that an order was paid."""
    for participant in PARTICIPANTS.items().values():
        participant.on_paid(session, order)


def before_refund(session: Session, order: OrderRef) -> None:
    """Ask all participants whether a refund may be made."""
    for participant in PARTICIPANTS.items().values():
        participant.before_refund(session, order)
