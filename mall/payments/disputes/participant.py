"""How payments join an order: nothing leaves while WeChat contradicts what the books say of it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.orders.participants import OrderParticipant
from mall.orders.placed import PlacedOrder
from mall.payments.discrepancies import OPEN
from mall.payments.errors import PaymentInDispute
from mall.payments.models import PaymentDiscrepancy

BY_STAFF = "staff"


class PaymentsParticipant(OrderParticipant):
    """Holds up what can't be taken back, until the contradiction is resolved.

    Goods aren't sent. Staff give no money back by hand, as it may have gone back already.
    Features' refunds go on: WeChat itself never gives back more than was paid.
    """

    name = "payments"

    def before_shipping(self, session: Session, order: PlacedOrder) -> None:
        """Raise PaymentInDispute while WeChat contradicts our books about the order."""
        if self.refuses_shipping(session, [order]):
            raise PaymentInDispute

    def refuses_shipping(self, session: Session, orders: Sequence[PlacedOrder]) -> set[int]:
        """Those about which WeChat contradicts our books."""
        disputed = select(PaymentDiscrepancy.order_id).where(
            PaymentDiscrepancy.order_id.in_([order.id for order in orders]), OPEN
        )
        return {order_id for order_id in session.scalars(disputed) if order_id is not None}

    def before_refund(self, session: Session, order: PlacedOrder, cause: str) -> None:
        """Raise PaymentInDispute for a refund that staff ask for by hand."""
        if cause == BY_STAFF and self.refuses_shipping(session, [order]):
            raise PaymentInDispute
