"""Freight: one flat price an order, free from a goods total on."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from mall.config import current_settings
from mall.kernel.money import yuan
from mall.orders.participants import OrderRef, PlacingContext
from mall.pricing import engine
from mall.pricing.quote import Adjustment, Lane, PriceRule, Quote

SOURCE = "freight:flat"


@dataclass(frozen=True, slots=True)
class FlatFreight:
    """`freight_fen` for an order, nothing once its goods cost `free_from_fen` after discounts.

    `free_from_fen` 0 makes freight free for everybody.
    """

    freight_fen: int
    free_from_fen: int
    lane: Lane = Lane.FREIGHT
    source: str = SOURCE

    def adjust(self, quote: Quote) -> list[Adjustment]:
        if quote.goods_fen - quote.discount_fen >= self.free_from_fen:
            return []
        label = f"运费（满 {yuan(self.free_from_fen)} 元包邮）"
        return engine.freight(self.source, label, self.freight_fen)


class FreightParticipant:
    """Brings the freight into every quote and order."""

    name = "freight"

    def price_rules(self, session: Session, context: PlacingContext) -> list[PriceRule]:
        settings = current_settings()
        return [FlatFreight(settings.freight_fen, settings.free_freight_from_fen)]

    def on_placing(self, session: Session, order: OrderRef) -> None:
        """Freight reserves nothing."""

    def on_cancelling(self, session: Session, order: OrderRef) -> None:
        """Freight holds nothing."""

    def before_shipping(self, session: Session, order: OrderRef) -> None:
        """Freight holds nothing up."""
