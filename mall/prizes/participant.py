"""How prizes join their orders: nothing to pay, the units of the claim, and the way back."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from mall.kernel.errors import ValidationFailed
from mall.orders.models import Order
from mall.orders.participants import OrderParticipant, PlacingContext, RefundedPart
from mall.orders.placed import PlacedOrder
from mall.orders.states import CLOSED
from mall.pricing.activity import ALONE, activity_price
from mall.pricing.benefits import FreeFreight
from mall.pricing.deals import Deal
from mall.pricing.quote import Lane, PriceRule
from mall.prizes.claiming import take_claim
from mall.prizes.claims import count_back, give_to_order, lock_claim, move, wait_again
from mall.prizes.kinds import PARTICIPANT, PRIZE, claim_of
from mall.prizes.models import CANCELED, ORDERED

LABEL = "奖品"
FREE_FREIGHT_LABEL = "奖品免运费"
# Whether nothing of a closed order ever left: every unit is for sale again.
_CAME_BACK = text(
    """
    SELECT bool_and(shipped_quantity = 0 AND restocked_quantity = quantity) FROM order_lines
    WHERE order_id = :order_id
    """
)


class PrizeParticipant(OrderParticipant):
    """Makes the orders of prizes free, and takes and gives back their units."""

    name = PARTICIPANT

    def price_rules(self, session: Session, context: PlacingContext) -> Sequence[PriceRule]:
        """Nothing is to be paid, for the goods or their freight."""
        if context.kind is not PRIZE:
            if self.name in context.choices:
                raise ValidationFailed("没有这项选择", param="choices")
            return ()
        source = f"prize:{claim_of(context.choices)}"
        over, benefit = frozenset(line.sku_id for line in context.lines), FreeFreight(0)
        return [
            activity_price(source, LABEL, dict.fromkeys(over, 0)),
            Deal(Lane.FREIGHT, source, FREE_FREIGHT_LABEL, benefit, over, ALONE),
        ]

    def activity_prices(self, session: Session, context: PlacingContext) -> tuple[()]:
        """A prize is had by winning alone."""
        return ()

    def lock(self, session: Session, order: PlacedOrder) -> None:
        if order.kind is PRIZE:
            lock_claim(session, claim_of(order.choices))

    def before_reserving(self, session: Session, order: PlacedOrder) -> Sequence[int]:
        """The units that the claim held are the order's. Raises as `take_claim`."""
        if order.kind is not PRIZE:
            return ()
        claim = lock_claim(session, claim_of(order.choices))
        take_claim(session, claim.id, order)
        give_to_order(session, claim, order)
        return [line.sku_id for line in order.lines]

    def on_cancelling(self, session: Session, order: PlacedOrder) -> None:
        """Called off before anything left, the prize waits for an address again; after that it is
        over. A claim that ended with its order has nothing more to do."""
        if order.kind is not PRIZE:
            return
        claim = lock_claim(session, claim_of(order.choices))
        if claim.state != ORDERED or claim.order_id != order.id:
            return
        if session.scalar(_CAME_BACK, {"order_id": order.id}):
            wait_again(session, claim)
        else:
            move(session, claim.id, ORDERED, CANCELED)

    def on_refunded(self, session: Session, order: PlacedOrder, back: RefundedPart) -> None:
        """Units that go out of an order which stands are the shop's again."""
        if order.kind is not PRIZE or not back.units:
            return
        if session.scalar(select(Order.status).where(Order.id == order.id)) != CLOSED:
            count_back(session, claim_of(order.choices), sum(back.units.values()))
