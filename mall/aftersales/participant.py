"""How after-sales join an order: what is asked back isn't sent meanwhile."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.aftersales.errors import WaitsForAfterSale
from mall.aftersales.models import AfterSale
from mall.aftersales.states import APPLIED, OFFERED
from mall.orders.participants import OrderParticipant
from mall.orders.placed import PlacedOrder


class AfterSalesParticipant(OrderParticipant):
    """Holds up shipping while a refund of unsent units waits for its answer."""

    name = "aftersales"

    def before_shipping(self, session: Session, order: PlacedOrder) -> None:
        """Raise WaitsForAfterSale while one is open about something unsent."""
        if self.refuses_shipping(session, [order]):
            raise WaitsForAfterSale

    def refuses_shipping(self, session: Session, orders: Sequence[PlacedOrder]) -> set[int]:
        """Those with one that is open about something unsent."""
        waiting = select(AfterSale.order_id).where(
            AfterSale.order_id.in_([order.id for order in orders]),
            AfterSale.unsent,
            AfterSale.status.in_((APPLIED, OFFERED)),
        )
        return set(session.scalars(waiting))
