"""How a birthday joins an order: a price rule, and a discount that is used once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from mall.orders.participants import OrderParticipant, PlacingContext
from mall.orders.placed import PlacedOrder
from mall.pricing.engine import discount
from mall.pricing.quote import Adjustment, Lane, PriceRule, Quote
from tests.features.birthdays import commands, queries
from tests.features.birthdays.settings import OFF_FEN

SOURCE = "birthday"


@dataclass(frozen=True)
class BirthdayRule:
    """So many fen off the whole order."""

    off_fen: int
    lane: Lane = Lane.PROMOTION
    source: str = SOURCE

    def adjust(self, quote: Quote) -> list[Adjustment]:
        return discount(
            quote, self.lane, source=self.source, label="生日优惠", amount_fen=self.off_fen
        )


class BirthdayParticipant(OrderParticipant):
    """Takes money off on the day, once a year."""

    name = "birthday"

    def price_rules(self, session: Session, context: PlacingContext) -> Sequence[PriceRule]:
        if not queries.has_discount(session, context.user_id):
            return ()
        return [BirthdayRule(OFF_FEN.get())]

    def on_placing(self, session: Session, order: PlacedOrder) -> None:
        if SOURCE in order.sources:
            commands.use(session, order.user_id, order.id, queries.today(session))

    def on_cancelling(self, session: Session, order: PlacedOrder) -> None:
        commands.give_back(session, order.id)
