"""A paid order of boxes is delivered at once; what comes back is on sale again."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from mall.kernel.db import transaction
from mall.kernel.failpoints import around_commit
from mall.kernel.jobs import PATIENT, job
from mall.lottery.boxes.names import DELIVER, PARTICIPANT, RESTOCK
from mall.orders.fulfilling import deliver
from mall.orders.locking import lock_order
from mall.orders.returns import take_back_units
from mall.orders.states import PAID

# Units that were refunded before the delivery are on sale already.
_TO_RESTOCK = text(
    """
    SELECT l.id, least(b.freed - l.restocked_quantity, l.shipped_quantity) - l.returned_quantity
        AS units
    FROM box_orders b JOIN order_lines l ON l.order_id = b.order_id
    WHERE b.order_id = :order_id
    """
)


@job(DELIVER, retry=PATIENT)
def deliver_boxes(*, order_no: str) -> None:
    """Complete a paid order of boxes: its chances came with the payment. Twice is once.

    Raises UnitsNotShippable while a refund of it is under way: the job tries again.
    """
    with transaction() as session:
        around_commit(session, "boxes.before_delivery_commit", "boxes.after_delivery_commit")
        order = lock_order(session, order_no)
        if order.status == PAID:
            deliver(session, order, PARTICIPANT)


@job(RESTOCK, retry=PATIENT)
def restock_boxes(*, order_no: str) -> None:
    """Put refunded units of a delivered order on sale again. Twice is once."""
    with transaction() as session:
        order = lock_order(session, order_no)
        line: Any = session.execute(_TO_RESTOCK, {"order_id": order.id}).one()
        if line.units > 0:
            take_back_units(session, order_no, {line.id: line.units}, resellable=True)
