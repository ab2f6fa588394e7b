"""Requesting an after-sale's refund, and ending the after-sale with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import case, select, update
from sqlalchemy.orm import Session

from mall.aftersales import states
from mall.aftersales.amounts import freight_back, split_offer
from mall.aftersales.errors import AfterSaleState
from mall.aftersales.locking import LockedAfterSale, line_states_beside, lines_of, open_freight
from mall.aftersales.models import AfterSale, AfterSaleLine
from mall.aftersales.reasons import REASONS
from mall.orders.models import Order
from mall.payments.models import Refund
from mall.payments.refunds.requesting import RequestedLine, request_refund

_ENDS = {"succeeded": states.REFUNDED, "canceled": states.REFUSED}


def accept_offer(session: Session, sale: AfterSale) -> None:
    """The offer becomes the amount to refund, split over the lines by their shares."""
    lines = lines_of(session, sale.id)
    parts = split_offer(sale.offer_fen or 0, [line.share_fen for line in lines])
    amounts = {line.order_line_id: part for line, part in zip(lines, parts, strict=True)}
    session.execute(
        update(AfterSaleLine)
        .where(AfterSaleLine.after_sale_id == sale.id)
        .values(amount_fen=case(amounts, value=AfterSaleLine.order_line_id)),
        execution_options={"synchronize_session": False},
    )


def cause_of(after_sale_no: str) -> str:
    """What an after-sale's refund names as its cause."""
    return f"aftersales:{after_sale_no}"


def refund_after_sale(
    session: Session, locked: LockedAfterSale, actor: str, comment: str = "", /, **values: Any
) -> None:
    """Request the refund of an after-sale, which then waits for WeChat.

    An accepted offer is the whole amount; otherwise freight is added by `freight_back`. Raises
    AfterSaleState, and what `request_refund` refuses (another refund was faster).
    """
    order, sale = locked.order, locked.sale
    lines = lines_of(session, sale.id)
    freight = 0 if sale.offer_fen is not None else _freight(session, locked, lines)
    refund_no = request_refund(
        order.order_no,
        [RequestedLine(line.order_line_id, line.quantity, line.amount_fen) for line in lines],
        freight,
        f"售后退款：{REASONS[sale.reason]}",
        cause=cause_of(sale.after_sale_no),
    )
    moved = states.move(
        session,
        sale.id,
        sale.status,
        states.REFUNDING,
        by=actor,
        comment=comment,
        refund_no=refund_no,
        refund_fen=sum(line.amount_fen for line in lines) + freight,
        freight_fen=freight,
        **values,
    )
    if not moved:
        raise AfterSaleState


def _freight(session: Session, locked: LockedAfterSale, lines: Sequence[AfterSaleLine]) -> int:
    """What of the freight goes along now. What other open after-sales were shown is theirs."""
    order = locked.order
    units = {line.order_line_id: line.quantity for line in lines}
    left_fen = order.freight_fen - order.freight_refunded_fen
    left_fen -= open_freight(session, order.id, beside=locked.sale.id)
    states_now = line_states_beside(session, order.id, lines)
    return freight_back(states_now.values(), units, max(0, left_fen))


def end_refunded(session: Session, order_no: str | None = None, *, batch: int = 200) -> int:
    """End the after-sales (of one order, or of all) whose refund has ended; how many did."""
    ended = (
        select(AfterSale.id, Refund.status)
        .join(Refund, Refund.refund_no == AfterSale.refund_no)
        .where(AfterSale.status == states.REFUNDING, Refund.status.in_(_ENDS))
    )
    if order_no is not None:
        ended = ended.join(Order, Order.id == AfterSale.order_id).where(Order.order_no == order_no)
    rows = session.execute(
        ended.order_by(AfterSale.id).limit(batch).with_for_update(of=AfterSale, skip_locked=True)
    ).all()
    for sale_id, status in rows:
        actor = states.WECHAT if status == "succeeded" else states.STAFF
        states.move(session, sale_id, states.REFUNDING, _ENDS[status], by=actor)
    return len(rows)
