"""What goes back beside the money with a refund that isn't made yet."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.orders import participants
from mall.orders.extras import Extra, LineBack
from mall.orders.line_money import RefundLine
from mall.orders.models import OrderLine
from mall.orders.placed import read_placed


def extras_of_refund(session: Session, order_no: str, lines: Sequence[RefundLine]) -> list[Extra]:
    """What these lines would give back beside the money, after all that is refunded already or
    under way. Raises OrderNotFound."""
    order = read_placed(session, order_no)
    asked = {line_id: (units, fen) for line_id, units, fen in lines}
    before, after = {}, {}
    rows = session.execute(
        select(
            OrderLine.id,
            OrderLine.position,
            OrderLine.refunded_quantity,
            OrderLine.refunded_fen,
            OrderLine.rebated_fen,
        ).where(OrderLine.order_id == order.id)
    )
    for row in rows:
        had = LineBack(row.refunded_quantity, row.refunded_fen, row.rebated_fen)
        before[row.position] = had
        after[row.position] = had.and_then(*asked.get(row.id, (0, 0)))
    return participants.refund_extras(session, order, before, after)
