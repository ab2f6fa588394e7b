"""What an order will earn, or has earned, shown with its quote, with it, and before a refund."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from mall.orders.extras import Extra, LineBack, LinesBack
from mall.orders.participants import OrderParticipant, PlacingContext
from mall.orders.placed import PlacedOrder
from mall.orders.states import PAID, UNPAID
from mall.points.earning.queries import (
    InForce,
    PayingLine,
    earned_lines,
    paying_lines,
    plan_at,
    state_of,
)
from mall.points.earning.rates import earned
from mall.pricing.quote import Quote

NAME = "points_earning"
EXPECTED = "预计可得积分"
NOTHING = LineBack()


class EarningParticipant(OrderParticipant):
    """Says what orders earn. The grant itself follows the facts (`keeping`)."""

    name = NAME

    def activity_prices(self, session: Session, context: PlacingContext) -> tuple[()]:
        return ()

    def quote_extras(
        self, session: Session, context: PlacingContext, quote: Quote
    ) -> Sequence[Extra]:
        """What this order would earn by the plan of today."""
        if not context.kind.earns:
            return ()
        sku_ids = [x.line.sku_id for x in quote.bought]
        category_ids = {x.line.category_id for x in quote.bought}
        found = plan_at(session, context.at, sku_ids, category_ids)
        if found is None:
            return ()
        lines = [
            PayingLine(position, x.line.sku_id, found.paths[x.line.category_id], x.payable_fen)
            for position, x in enumerate(quote.bought, start=1)
        ]
        return _shown(EXPECTED, _expected(found, lines))

    def order_extras(self, session: Session, order: PlacedOrder) -> Sequence[Extra]:
        """What this order will earn, waits to bring, or has brought."""
        if not order.kind.earns:
            return ()
        state = state_of(session, order.id)
        if state is None:
            return ()
        if state.points is None:
            if state.status not in (UNPAID, PAID):
                return ()
            lines = paying_lines(session, order.id)
            found = plan_at(session, state.paid_at, [line.sku_id for line in lines])
            return _shown(EXPECTED, _expected(found, lines)) if found else ()
        label = "待到账积分" if state.thawed_at is None else "已得积分"
        return _shown(label, state.points - state.reversed)

    def refund_extras(
        self, session: Session, order: PlacedOrder, before: LinesBack, after: LinesBack
    ) -> Sequence[Extra]:
        """What the refund takes back of what the order earned."""
        lines = earned_lines(session, order.id)
        had, has = (
            earned(
                (line.rate, max(0, line.base_fen - _cash(back.get(line.position, NOTHING))))
                for line in lines
            )
            for back in (before, after)
        )
        if had <= has:
            return ()
        return (Extra(NAME, "收回所得积分", f"{had - has} 积分", has - had),)


def _cash(back: LineBack) -> int:
    return back.refunded_fen + back.rebated_fen


def _expected(found: InForce, lines: Sequence[PayingLine]) -> int:
    rates = found.rates(lines)
    return earned((rates[line.position], line.payable_fen) for line in lines)


def _shown(label: str, points: int) -> Sequence[Extra]:
    return (Extra(NAME, label, f"{points} 积分", points),) if points else ()
