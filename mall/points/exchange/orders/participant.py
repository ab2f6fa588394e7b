"""How exchanges join their orders: the price, the item's lock, its units, the points."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from mall.kernel.errors import ValidationFailed
from mall.kernel.jobs import defer
from mall.orders.extras import Extra, LinesBack
from mall.orders.participants import OrderParticipant, PlacingContext, RefundedPart
from mall.orders.placed import PlacedOrder
from mall.points.exchange.errors import ExchangePriceChanged
from mall.points.exchange.items.queries import offered
from mall.points.exchange.items.stock import lock_item
from mall.points.exchange.kinds import KINDS, PARTICIPANT
from mall.points.exchange.orders import claiming
from mall.points.exchange.orders.choice import Choice, chosen
from mall.pricing.activity import ALONE, activity_price
from mall.pricing.benefits import FreeFreight
from mall.pricing.deals import Deal
from mall.pricing.quote import Lane, PriceRule

SOURCE = "exchange:"
LABEL = "积分兑换"
FREE_FREIGHT_LABEL = "积分兑换免运费"
DELIVER = "exchange.deliver"


class ExchangeParticipant(OrderParticipant):
    """Gives exchanges their price in cash, and takes and gives back their units and points."""

    name = PARTICIPANT

    def price_rules(self, session: Session, context: PlacingContext) -> Sequence[PriceRule]:
        """The cash part of the chosen item. Raises ExchangePriceChanged when it costs other."""
        if context.kind not in KINDS:
            if self.name in context.choices:
                raise ValidationFailed("没有这项选择", param="choices")
            return ()
        choice = chosen(context.choices)
        one = offered(session, choice.item_id)
        if Choice(one.item.id, one.points, one.cash_fen) != choice:
            raise ExchangePriceChanged
        source, sku_id = f"{SOURCE}{one.item.id}", one.item.sku_id
        rules: list[PriceRule] = [activity_price(source, LABEL, {sku_id: one.cash_fen})]
        if one.item.free_freight:
            over, benefit = frozenset({sku_id}), FreeFreight(0)
            rules.append(Deal(Lane.FREIGHT, source, FREE_FREIGHT_LABEL, benefit, over, ALONE))
        return rules

    def activity_prices(self, session: Session, context: PlacingContext) -> tuple[()]:
        """A price with points is had in the points mall alone."""
        return ()

    def refund_extras(
        self, session: Session, order: PlacedOrder, before: LinesBack, after: LinesBack
    ) -> Sequence[Extra]:
        if order.kind not in KINDS:
            return ()
        had, has = (claiming.points_back(session, order, back) for back in (before, after))
        points = has - had
        return [Extra(self.name, "退回积分", f"{points} 积分", points)] if points > 0 else ()

    def lock(self, session: Session, order: PlacedOrder) -> None:
        if order.kind in KINDS:
            lock_item(session, chosen(order.choices).item_id)

    def before_reserving(self, session: Session, order: PlacedOrder) -> tuple[()]:
        if order.kind in KINDS:
            claiming.claim(session, order)
        return ()

    def on_placing(self, session: Session, order: PlacedOrder) -> None:
        if order.kind in KINDS:
            claiming.hold_points(session, order)

    def on_paid(self, session: Session, order: PlacedOrder) -> None:
        if order.kind in KINDS:
            claiming.settle_points(session, order)
            if not order.kind.ships:
                defer(session, DELIVER, order_no=order.order_no)

    def on_cancelling(self, session: Session, order: PlacedOrder) -> None:
        if order.kind in KINDS:
            claiming.cancel(session, order)

    def on_refunded(self, session: Session, order: PlacedOrder, back: RefundedPart) -> None:
        if order.kind in KINDS and back.units:
            units = sum(back.units.values())
            claiming.give_back_units(session, order, units, in_full=back.in_full)
