"""How blind boxes join orders: the promise of each unit, its chance, and both back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from mall.kernel.errors import ValidationFailed
from mall.lottery.boxes import claiming
from mall.lottery.boxes.errors import BoxNotFound, BoxSoldAlone
from mall.lottery.boxes.in_use import BOXES
from mall.lottery.boxes.kinds import BLIND_BOX
from mall.lottery.boxes.names import PARTICIPANT
from mall.lottery.boxes.queries import box_on_sale, sold_as_boxes
from mall.orders.participants import OrderParticipant, PlacingContext, RefundedPart, Units
from mall.orders.placed import PlacedOrder
from mall.pricing.quote import Adjustment, Lane, Obstacle, PriceRule, Quote


@dataclass(frozen=True, slots=True)
class SoldAlone:
    """Lines of SKUs that are sold as boxes, in a quote of anything else: it can't be ordered."""

    sku_ids: frozenset[int]
    lane: Lane = Lane.FREIGHT
    source: str = "box:alone"

    def adjust(self, quote: Quote) -> list[Adjustment]:
        return []

    def obstacles(self, quote: Quote) -> list[Obstacle]:
        return [BoxSoldAlone(self.sku_ids).obstacle]


class BoxParticipant(OrderParticipant):
    """Promises the boxes of an order, gives its chances, takes back those that are refunded.

    A SKU that is sold as boxes isn't sold otherwise until its lottery is over.
    """

    name = PARTICIPANT

    def price_rules(self, session: Session, context: PlacingContext) -> Sequence[PriceRule]:
        """The price is the SKU's. Where it isn't quoted as boxes, it is shown with an obstacle."""
        if context.kind == BLIND_BOX:
            return ()
        if self.name in context.choices:
            raise ValidationFailed("没有这项选择", param="choices")
        if not BOXES():
            return ()
        boxes = sold_as_boxes(session, [line.sku_id for line in context.lines])
        return [SoldAlone(frozenset(boxes))] if boxes else ()

    def activity_prices(self, session: Session, context: PlacingContext) -> tuple[()]:
        """None, and lists show the SKU as any other."""
        return ()

    def before_reserving(self, session: Session, order: PlacedOrder) -> tuple[()]:
        """Raises BoxSoldAlone for another order of such a SKU; for one of boxes LotteryNotFound,
        BoxNotFound, LotteryNotStarted, LotteryPaused, LotteryOver."""
        if order.kind != BLIND_BOX:
            bought = [line.sku_id for line in order.lines if not line.is_gift]
            if sold_as_boxes(session, bought):
                raise BoxSoldAlone
            return ()
        box = box_on_sale(session, int(order.choices[self.name]))
        if order.units.keys() != {box.sku_id}:
            raise BoxNotFound
        return ()

    def on_placing(self, session: Session, order: PlacedOrder) -> None:
        """Raises BoxesGone, BoxDailyCap."""
        if order.kind == BLIND_BOX:
            claiming.claim(session, order, box_on_sale(session, int(order.choices[self.name])))

    def on_paid(self, session: Session, order: PlacedOrder) -> None:
        if order.kind == BLIND_BOX:
            claiming.give(session, order)

    def on_cancelling(self, session: Session, order: PlacedOrder) -> None:
        if order.kind == BLIND_BOX:
            claiming.free_closed(session, order)

    def before_units_back(self, session: Session, order: PlacedOrder, units: Units) -> None:
        """Raises BoxOpened for more units than are unopened."""
        if order.kind == BLIND_BOX and units:
            claiming.must_be_unopened(session, order, sum(units.values()))

    def on_refund_reserved(self, session: Session, order: PlacedOrder, units: Units) -> None:
        if order.kind == BLIND_BOX:
            claiming.take_back(session, order, sum(units.values()))

    def on_refund_canceled(self, session: Session, order: PlacedOrder, units: Units) -> None:
        if order.kind == BLIND_BOX:
            claiming.give_again(session, order, sum(units.values()))

    def on_refunded(self, session: Session, order: PlacedOrder, back: RefundedPart) -> None:
        if order.kind == BLIND_BOX and back.units:
            claiming.free_refunded(session, order, sum(back.units.values()))
