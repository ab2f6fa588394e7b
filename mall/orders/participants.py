"""The hook by which other features join an order, in the order's own transaction.

A participant may change the price, refuse an order or reserve something for it, give that
back when the order is closed or refunded, and refuse shipping or a refund. A feature that only
reacts handles an event instead. Features add them to `PARTICIPANTS`; they are called in the order
in which the features are installed.

Lock order in each transaction that changes an order: the order, then the rows that orders share
(`lock`: a team, an item of a flash sale), then SKUs ascending, then accounts (coupons, budgets,
points: all other hooks). Accounts are locked in the order of the participants, so each
participant does all of its part of a transaction before the next one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from mall.kernel.errors import MallError, ValidationFailed
from mall.kernel.registry import Registry
from mall.orders.extras import Extra, LinesBack
from mall.orders.kinds import NORMAL, OrderKind
from mall.orders.placed import PlacedOrder
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
    kind: OrderKind = NORMAL


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


@dataclass(frozen=True, slots=True)
class RefundedPart:
    """What one refund gave back. `units` by the position of the line.
    `in_full`: with this refund every bought unit has been refunded. `in_all` is what all refunds
    that have arrived gave back, this one included: what a feature gives back by it doesn't
    depend on their order.
    """

    units: Mapping[int, int]
    amount_fen: int
    in_full: bool
    in_all: LinesBack


Units = Mapping[int, int]
"""Units of a refund, by the position of their line; a line without units isn't in it."""
PRICING, PLACING = "orders.pricing", "orders.placing"
SHIPPING, REFUNDING = "orders.shipping", "orders.refunding"
"""Hooks of error codes (`mall.fails`): what participants refuse in `price_rules`, in placing, in
`before_shipping`, in `before_refund` and `before_units_back`. The first two are of ordinary orders:
a kind with participants of its own names their codes at its own routes."""


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

    def quote_extras(
        self, session: Session, context: PlacingContext, quote: Quote
    ) -> Sequence[Extra]:
        """What such an order would bring beside the goods, to show with the quote. Only reads."""
        return ()

    def order_extras(self, session: Session, order: PlacedOrder) -> Sequence[Extra]:
        """What the order brings beside the goods, to show with it. Only reads."""
        return ()

    def refund_extras(
        self, session: Session, order: PlacedOrder, before: LinesBack, after: LinesBack
    ) -> Sequence[Extra]:
        """What would go back beside the money by a refund that leads from `before` to `after`,
        to show before it is made. Only reads."""
        return ()

    def lock(self, session: Session, order: PlacedOrder) -> None:
        """Lock the rows that the order shares with other orders, such as a team's.

        Called before `on_placing`, `on_paid`, `on_cancelling` and `on_refunded`, once for those
        that are called together, with the order locked and no stock row yet.
        """

    def before_reserving(self, session: Session, order: PlacedOrder) -> Collection[int]:
        """Called after `lock`, right before the order's stock is reserved: make units sellable
        that were set aside for such orders, or refuse.

        Returns the SKUs of which it has transferred all units to the order itself.
        """
        return ()

    def on_placing(self, session: Session, order: PlacedOrder) -> None:
        """The order is written and its stock reserved: reserve what belongs to it, or refuse."""

    def on_paid(self, session: Session, order: PlacedOrder) -> None:
        """The order was paid in full. Must not refuse: the money has arrived."""

    def on_cancelling(self, session: Session, order: PlacedOrder) -> None:
        """The order was closed: give back what was reserved for it."""

    def before_shipping(self, session: Session, order: PlacedOrder) -> None:
        """Called before units are shipped: refuse when they must not be yet."""

    def refuses_shipping(self, session: Session, orders: Sequence[PlacedOrder]) -> set[int]:
        """The ids of those that `before_shipping` refuses.

        A participant whose `before_shipping` costs statements answers for all in one.
        """
        return {order.id for order in orders if self._refuses(session, order)}

    def _refuses(self, session: Session, order: PlacedOrder) -> bool:
        try:
            self.before_shipping(session, order)
        except MallError:
            return True
        return False

    def before_refund(self, session: Session, order: PlacedOrder, cause: str) -> None:
        """Called when a refund is asked for, and before one is reserved: refuse when it must
        not be made now. `cause` says who asks: `staff`, `aftersales:<number>`, or a feature's."""

    def before_units_back(self, session: Session, order: PlacedOrder, units: Units) -> None:
        """Called where `before_refund` is: refuse units that can't come back any more."""

    def on_refund_reserved(self, session: Session, order: PlacedOrder, units: Units) -> None:
        """A refund of these units is on its way: the shopper can't use them any more."""

    def on_refund_canceled(self, session: Session, order: PlacedOrder, units: Units) -> None:
        """A refund of these units won't be paid after all: they are the shopper's again."""

    def on_refunded(self, session: Session, order: PlacedOrder, back: RefundedPart) -> None:
        """A refund of this order has arrived: give back the same part of what else it cost."""


PARTICIPANTS: Registry[OrderParticipant] = Registry("order participants", lambda one: one.name)


def price_rules(session: Session, context: PlacingContext) -> list[PriceRule]:
    """The rules of the participants that join this kind of order, in their order.

    Raises ValidationFailed for a choice that names none of them.
    """
    kind = context.kind
    joined = [one for name, one in PARTICIPANTS.items().items() if kind.is_joined_by(name)]
    if not context.choices.keys() <= {one.name for one in joined}:
        raise ValidationFailed("没有这项选择", param="choices")
    rules = (rule for one in joined for rule in one.price_rules(session, context))
    return [rule for rule in rules if kind.is_priced_in(rule.lane)]


def offers(session: Session, context: PlacingContext, quote: Quote) -> list[Offer]:
    """The offers of all participants for this quote."""
    return [
        offer
        for name, one in PARTICIPANTS.items().items()
        if context.kind.is_joined_by(name)
        for offer in one.offers(session, context, quote)
    ]


def quote_extras(session: Session, context: PlacingContext, quote: Quote) -> list[Extra]:
    """What all participants say of this quote beside its money."""
    return [
        extra
        for name, one in PARTICIPANTS.items().items()
        if context.kind.is_joined_by(name)
        for extra in one.quote_extras(session, context, quote)
    ]


def order_extras(session: Session, order: PlacedOrder) -> list[Extra]:
    """What all participants say of this order beside its money."""
    return [extra for one in _participants() for extra in one.order_extras(session, order)]


def refund_extras(
    session: Session, order: PlacedOrder, before: LinesBack, after: LinesBack
) -> list[Extra]:
    """What all participants say that would go back beside the money."""
    return [
        extra
        for one in _participants()
        for extra in one.refund_extras(session, order, before, after)
    ]


def lock(session: Session, order: PlacedOrder) -> None:
    """Let all participants lock the rows that the order shares with others."""
    for participant in _participants():
        participant.lock(session, order)


def before_reserving(session: Session, order: PlacedOrder) -> set[int]:
    """Tell all participants that the stock of an order is reserved next; any may refuse it.

    The SKUs whose units are the order's already.
    """
    return {
        sku_id
        for participant in _participants()
        for sku_id in participant.before_reserving(session, order)
    }


def on_placing(session: Session, order: PlacedOrder, *, is_paid: bool = False) -> None:
    """Tell all participants that an order is placed, and paid at once; any may refuse it."""
    for participant in _participants():
        participant.on_placing(session, order)
        if is_paid:
            participant.on_paid(session, order)


def on_paid(session: Session, order: PlacedOrder) -> None:
    """Tell all participants that an order was paid."""
    for participant in _participants():
        participant.on_paid(session, order)


def on_cancelling(session: Session, order: PlacedOrder) -> None:
    """Tell all participants that an order is closed."""
    for participant in _participants():
        participant.on_cancelling(session, order)


def before_shipping(session: Session, order: PlacedOrder) -> None:
    """Ask all participants whether units may be shipped."""
    for participant in _participants():
        participant.before_shipping(session, order)


def refuse_shipping(session: Session, orders: Sequence[PlacedOrder]) -> set[int]:
    """The ids of those of which a participant refuses that units are shipped."""
    return {
        order_id
        for participant in _participants()
        for order_id in participant.refuses_shipping(session, orders)
    }


def before_refund(session: Session, order: PlacedOrder, cause: str, units: Units) -> None:
    """Ask all participants whether a refund of these units may be made."""
    for participant in _participants():
        participant.before_refund(session, order, cause)
        participant.before_units_back(session, order, units)


def on_refund_reserved(session: Session, order: PlacedOrder, units: Units) -> None:
    """Tell all participants that a refund of these units is on its way."""
    for participant in _participants():
        participant.on_refund_reserved(session, order, units)


def on_refund_canceled(session: Session, order: PlacedOrder, units: Units) -> None:
    """Tell all participants that a refund of these units won't be paid."""
    for participant in _participants():
        participant.on_refund_canceled(session, order, units)


def on_refunded(
    session: Session, order: PlacedOrder, back: RefundedPart, *, is_closed: bool
) -> None:
    """Tell all participants that a refund has arrived, and that it closed the order."""
    for participant in _participants():
        participant.on_refunded(session, order, back)
        if is_closed:
            participant.on_cancelling(session, order)


def _participants() -> Iterable[OrderParticipant]:
    return PARTICIPANTS.items().values()
