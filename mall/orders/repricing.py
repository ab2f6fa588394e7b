"""Changing what an unpaid order costs: the shop's own side of it.

The change is an adjustment of its own beside what the quote said, `staff:price` split over the
lines and `staff:freight`. Staff who change again replace it. WeChat, which may know the old
amount, is payments' affair.
"""

from __future__ import annotations

from sqlalchemy import delete, insert, update
from sqlalchemy.orm import Session

from mall.kernel.events import publish
from mall.orders.errors import OrderStateConflict
from mall.orders.events import OrderRepriced
from mall.orders.locking import LockedOrder
from mall.orders.models import Order, OrderAdjustment, OrderLine, OrderPriceChange
from mall.orders.prices import FREIGHT, PRICE, STAFF_SOURCES, OrderPrice
from mall.orders.states import UNPAID
from mall.pricing.quote import Lane
from mall.staff.audit import masked, record

_LABELS = {PRICE: "商家改价", FREIGHT: "商家改运费"}


def reprice(
    session: Session, order: LockedOrder, price: OrderPrice, *, by: str, reason: str
) -> None:
    """Let a locked, unpaid order cost `price` from now on; `by` is a user name, for the history.

    Raises OrderStateConflict when it isn't unpaid.
    """
    _write_totals(session, order, price)
    _write_lines(session, order.id, price)
    change_id = session.execute(
        insert(OrderPriceChange)
        .values(
            order_id=order.id,
            changed_by=by,
            reason=masked({"reason": reason})["reason"],  # as the trail keeps it
            payable_before_fen=order.payable_fen,
            payable_after_fen=price.payable_fen,
            freight_before_fen=order.freight_fen,
            freight_after_fen=price.freight_fen,
        )
        .returning(OrderPriceChange.id)
    ).scalar_one()
    publish(session, OrderRepriced(order.order_no, order.user_id, change_id))
    record(
        session,
        action="order.reprice",
        target_type="order",
        target_id=order.order_no,
        before={"payable_fen": order.payable_fen, "freight_fen": order.freight_fen},
        after={
            "payable_fen": price.payable_fen,
            "freight_fen": price.freight_fen,
            "lines": {str(line.id): line.payable_fen for line in price.lines},
            "reason": reason,
        },
    )


def _write_totals(session: Session, order: LockedOrder, price: OrderPrice) -> None:
    written = session.execute(
        update(Order)
        .where(Order.id == order.id, Order.status == UNPAID)
        .values(
            discount_fen=Order.goods_fen - price.goods_payable_fen,
            freight_fen=price.freight_fen,
            payable_fen=price.payable_fen,
        )
        .returning(Order.id),
        execution_options={"synchronize_session": False},
    )
    if written.first() is None:
        raise OrderStateConflict


def _write_lines(session: Session, order_id: int, price: OrderPrice) -> None:
    for line in price.lines:
        session.execute(
            update(OrderLine)
            .where(OrderLine.id == line.id, OrderLine.payable_fen != line.payable_fen)
            .values(
                adjusted_fen=line.payable_fen - OrderLine.total_fen,
                payable_fen=line.payable_fen,
            ),
            execution_options={"synchronize_session": False},
        )
    session.execute(
        delete(OrderAdjustment).where(
            OrderAdjustment.order_id == order_id, OrderAdjustment.source.in_(STAFF_SOURCES)
        )
    )
    shares = [line.payable_fen - line.quoted_fen for line in price.lines]
    changes = [
        (Lane.PROMOTION, PRICE, sum(shares), shares),
        (Lane.FREIGHT, FREIGHT, price.freight_fen - price.quoted_freight_fen, []),
    ]
    rows = [
        {
            "order_id": order_id,
            "lane": lane.name,
            "source": source,
            "label": _LABELS[source],
            "amount_fen": fen,
            "shares": parts,
        }
        for lane, source, fen, parts in changes
        if fen
    ]
    if rows:
        session.execute(insert(OrderAdjustment), rows)
