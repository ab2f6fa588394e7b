"""How trials join their orders: nothing to pay, the unit of the shopper, and the way back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from mall.kernel.errors import ValidationFailed
from mall.orders.participants import OrderParticipant, PlacingContext
from mall.orders.placed import PlacedOrder
from mall.pricing.activity import ALONE, activity_price
from mall.pricing.benefits import FreeFreight
from mall.pricing.deals import Deal
from mall.pricing.quote import Lane, PriceRule
from mall.reviews.trials.accepting import must_be_acceptable
from mall.reviews.trials.errors import TrialStateConflict
from mall.reviews.trials.kinds import PARTICIPANT, TRIAL
from mall.reviews.trials.models import ACCEPTED, CANCELED, PICKED, TrialApplication
from mall.reviews.trials.moving import move
from mall.reviews.trials.units import give_to_order, lock_trial, take_from_order

LABEL = "免费试用"
FREE_FREIGHT_LABEL = "试用免运费"
_TRIAL_OF = select(TrialApplication.trial_id)
# Whether all units of a closed order are on sale again: before it was shipped.
_CAME_BACK = text(
    "SELECT bool_and(restocked_quantity = quantity) FROM order_lines WHERE order_id = :order_id"
)


class TrialParticipant(OrderParticipant):
    """Makes the orders of trials free, and takes and gives back their units."""

    name = PARTICIPANT

    def price_rules(self, session: Session, context: PlacingContext) -> Sequence[PriceRule]:
        """Nothing is to be paid, for the goods or their freight."""
        if context.kind is not TRIAL:
            if self.name in context.choices:
                raise ValidationFailed("没有这项选择", param="choices")
            return ()
        application_id = application_of(context.choices)
        source = f"trial:{application_id}"
        skus = [line.sku_id for line in context.lines]
        for sku_id in skus:
            must_be_acceptable(session, context.user_id, application_id, sku_id)
        over, benefit = frozenset(skus), FreeFreight(0)
        return [
            activity_price(source, LABEL, dict.fromkeys(skus, 0)),
            Deal(Lane.FREIGHT, source, FREE_FREIGHT_LABEL, benefit, over, ALONE),
        ]

    def activity_prices(self, session: Session, context: PlacingContext) -> tuple[()]:
        """A trial is had by applying alone."""
        return ()

    def lock(self, session: Session, order: PlacedOrder) -> None:
        if order.kind is TRIAL:
            lock_trial(session, _trial_id(session, order))

    def before_reserving(self, session: Session, order: PlacedOrder) -> tuple[()]:
        """The shopper's unit is sellable, for the order. Raises as `must_be_acceptable`."""
        if order.kind is TRIAL:
            application_id = application_of(order.choices)
            (line,) = order.lines
            must_be_acceptable(session, order.user_id, application_id, line.sku_id)
            trial = lock_trial(session, _trial_id(session, order))
            if line.quantity != 1 or not move(
                session, application_id, PICKED, ACCEPTED, order_id=order.id
            ):
                raise TrialStateConflict
            give_to_order(session, trial, order.order_no)
        return ()

    def on_cancelling(self, session: Session, order: PlacedOrder) -> None:
        if order.kind is TRIAL and move(session, application_of(order.choices), ACCEPTED, CANCELED):
            trial = lock_trial(session, _trial_id(session, order))
            came_back = bool(session.scalar(_CAME_BACK, {"order_id": order.id}))
            take_from_order(session, trial, order.order_no, came_back=came_back)


def application_of(choices: Mapping[str, str]) -> int:
    """The application of an order of a trial."""
    return int(choices[PARTICIPANT])


def _trial_id(session: Session, order: PlacedOrder) -> int:
    return session.scalars(
        _TRIAL_OF.where(TrialApplication.id == application_of(order.choices))
    ).one()
