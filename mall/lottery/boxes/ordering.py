"""What shoppers do with boxes: buy them, give unopened ones back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from mall.kernel.db import db, transaction
from mall.lottery.boxes.errors import BoxAgeUnconfirmed, BoxReturnTooLate
from mall.lottery.boxes.kinds import BLIND_BOX
from mall.lottery.boxes.models import BoxOrder
from mall.lottery.boxes.names import PARTICIPANT, RETURN_DAYS
from mall.lottery.boxes.queries import box_on_sale
from mall.orders.errors import OrderNotFound
from mall.orders.locking import lock_own_order
from mall.orders.placing import Placed, place_order
from mall.payments.refunds.causing import refund_units

RETURNED = "未拆盲盒退回"


def order_boxes(
    user_id: int, lottery_id: int, units: int, expected_payable_fen: int, *, of_age: bool
) -> Placed:
    """Order so many boxes at the price that was shown, to be paid before the lottery ends.

    Each is promised from now on; when the order is paid it is a chance in the lottery. `of_age`
    is that the shopper has confirmed the notice. Raises BoxAgeUnconfirmed, LotteryNotFound,
    BoxNotFound, LotteryNotStarted, LotteryPaused, LotteryOver, BoxesGone, BoxDailyCap, and what
    `place_order` raises; then nothing has changed.
    """
    if not of_age:
        raise BoxAgeUnconfirmed(param="of_age")
    box = box_on_sale(db.session(), lottery_id)
    return place_order(
        user_id,
        {box.sku_id: units},
        None,
        expected_payable_fen,
        choices={PARTICIPANT: str(lottery_id)},
        kind=BLIND_BOX,
        pay_until=box.ends_at,
    )


def return_boxes(user_id: int, lottery_id: int, order_no: str, units: int) -> str:
    """Give unopened boxes of an order back for what was paid: the refund_no.

    Raises OrderNotFound, BoxReturnTooLate, BoxOpened, OrderStateConflict when it isn't paid for,
    RefundNotPossible.
    """
    with transaction() as session:
        order = lock_own_order(session, user_id, order_no)
        found: Any = session.execute(
            select(BoxOrder.steps).where(
                BoxOrder.order_id == order.id, BoxOrder.lottery_id == lottery_id
            )
        ).one_or_none()
        if found is None:
            raise OrderNotFound
        until = timedelta(days=RETURN_DAYS)
        if order.completed_at is not None and order.completed_at + until <= order.now:
            raise BoxReturnTooLate
        cause = f"box:return:{found.steps}"
        return refund_units(session, order_no, {1: units}, cause, RETURNED)
