"""How group-buy joins its orders: the team's price, the locks, the seat and the units."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy.orm import Session

from mall.groupbuy.activities.stock import lock_units
from mall.groupbuy.errors import GroupRefundDue, GroupSkuNotIncluded, GroupWaits
from mall.groupbuy.orders import claiming
from mall.groupbuy.orders.kinds import PARTICIPANT, is_groupbuy
from mall.groupbuy.orders.terms import SeatKind, terms_in
from mall.kernel.errors import ValidationFailed
from mall.kernel.prepared import PreparedStatement
from mall.orders.participants import OrderParticipant, PlacingContext, RefundedPart
from mall.orders.placed import PlacedOrder
from mall.pricing.activity import ALONE, activity_price
from mall.pricing.benefits import FreeFreight
from mall.pricing.deals import Deal
from mall.pricing.quote import Lane, PriceRule

SOURCE = "groupbuy:"
LABEL = "拼团价"
FREE_FREIGHT_LABEL = "团长免运费"
CAUSE = "groupbuy:"
"""How the causes of refunds by group-buy begin."""
_TEAM = PreparedStatement(
    """
    SELECT m.activity_id, m.sku_id
    FROM groupbuy_teams t JOIN groupbuy_members m ON m.team_id = t.id
    WHERE m.order_id = :order_id FOR NO KEY UPDATE OF t
    """
)
_WAITS = PreparedStatement(
    """
    SELECT m.due FROM groupbuy_members m JOIN groupbuy_teams t ON t.id = m.team_id
    WHERE m.order_id = :order_id
      AND (m.due = 'refund' OR m.seat AND t.status IN ('opening', 'forming'))
    """
)


class GroupbuyParticipant(OrderParticipant):
    """Gives the orders of teams their price, their seat and their units."""

    name = PARTICIPANT

    def price_rules(self, session: Session, context: PlacingContext) -> Sequence[PriceRule]:
        """The price of the chosen seat. Raises GroupSkuNotIncluded."""
        if not is_groupbuy(context.kind):
            if self.name in context.choices:
                raise ValidationFailed("没有这项选择", param="choices")
            return ()
        terms = terms_in(context.kind)
        if len(context.lines) != 1:
            raise GroupSkuNotIncluded(param="sku_id")
        sku_id = context.lines[0].sku_id
        source = f"{SOURCE}{terms.activity_id}"
        rules: list[PriceRule] = [activity_price(source, LABEL, {sku_id: terms.unit_price(sku_id)})]
        if terms.free_freight:
            over, benefit = frozenset({sku_id}), FreeFreight(0)
            rules.append(Deal(Lane.FREIGHT, source, FREE_FREIGHT_LABEL, benefit, over, ALONE))
        return rules

    def activity_prices(self, session: Session, context: PlacingContext) -> tuple[()]:
        """A team's price is had in the team alone."""
        return ()

    def lock(self, session: Session, order: PlacedOrder) -> None:
        """The team's row, then that of the activity's SKU. An order that is placed locks them as
        it takes its seat, right after this."""
        if not is_groupbuy(order.kind) or isinstance(order.kind, SeatKind):
            return
        found = _TEAM.first(session, order_id=order.id)
        if found is not None:
            lock_units(session, found.activity_id, found.sku_id)

    def before_reserving(self, session: Session, order: PlacedOrder) -> Collection[int]:
        return claiming.claim(session, order) if is_groupbuy(order.kind) else ()

    def on_placing(self, session: Session, order: PlacedOrder) -> None:
        if is_groupbuy(order.kind):
            claiming.claim_units(session, order)

    def on_paid(self, session: Session, order: PlacedOrder) -> None:
        if is_groupbuy(order.kind):
            claiming.pay(session, order)

    def on_cancelling(self, session: Session, order: PlacedOrder) -> None:
        if is_groupbuy(order.kind):
            claiming.cancel(session, order)

    def before_refund(self, session: Session, order: PlacedOrder, cause: str) -> None:
        """While the order waits for its team, and once the team has failed, only the team gives
        the money back."""
        if not is_groupbuy(order.kind) or cause.startswith(CAUSE):
            return
        waits = _WAITS.first(session, order_id=order.id)
        if waits is not None:
            raise GroupWaits if waits.due is None else GroupRefundDue

    def on_refunded(self, session: Session, order: PlacedOrder, back: RefundedPart) -> None:
        """Who keeps no unit has no seat, also where the order isn't closed by it."""
        if not is_groupbuy(order.kind):
            return
        line = claiming.group_line(order)
        given_back = back.in_all.get(line.position)
        if given_back is not None and given_back.units >= line.quantity:
            claiming.give_up_seat(session, order.id)
