"""Reads of what orders bring, for promoters and staff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from mall.orders.models import Order, OrderLine
from mall.referral.commission.clearing import VOID_REASONS, WAITS
from mall.referral.commission.errors import CommissionLineNotFound
from mall.referral.commission.line_models import PENDING, SETTLED, CommissionLine


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line with the goods it is for; see CommissionLine. `why` says in Chinese why it waits or
    is void, "" otherwise."""

    id: int
    order_no: str
    position: int
    level: int
    promoter_id: int
    buyer_id: int
    goods: str
    spec_text: str
    image: str
    rate_bp: int
    base_fen: int
    back_fen: int
    amount_fen: int
    kept_fen: int
    status: str
    why: str
    binding_id: int | None
    upper_binding_id: int | None
    due_at: datetime | None
    settled_at: datetime | None
    created_at: datetime


def lines(
    session: Session,
    *,
    promoter_id: int | None = None,
    order_no: str | None = None,
    status: str | None = None,
    before: int | None,
    limit: int,
) -> list[ShownLine]:
    """Lines, newest first; one more than `limit`."""
    query = _shown().order_by(CommissionLine.id.desc()).limit(limit + 1)
    if promoter_id is not None:
        query = query.where(CommissionLine.promoter_id == promoter_id)
    if order_no is not None:
        query = query.where(Order.order_no == order_no)
    if status is not None:
        query = query.where(CommissionLine.status == status)
    if before is not None:
        query = query.where(CommissionLine.id < before)
    return [_line(*row) for row in session.execute(query)]


def line(session: Session, line_id: int) -> ShownLine:
    """One line. Raises CommissionLineNotFound."""
    row = session.execute(_shown().where(CommissionLine.id == line_id)).one_or_none()
    if row is None:
        raise CommissionLineNotFound
    return _line(*row)


def open_orders(
    session: Session, *, binding_id: int | None = None, waiting_promoter_id: int | None = None
) -> Sequence[str]:
    """The orders with lines that a binding stands behind and that aren't over, or with lines of a
    promoter that wait."""
    line = CommissionLine
    query = select(Order.order_no).distinct().join(line, line.order_id == Order.id)
    if binding_id is not None:
        either = or_(line.binding_id == binding_id, line.upper_binding_id == binding_id)
        query = query.where(either, line.status.in_((PENDING, SETTLED)))
    if waiting_promoter_id is not None:
        query = query.where(
            line.promoter_id == waiting_promoter_id,
            line.status == PENDING,
            line.waits.is_not(None),
        )
    return session.scalars(query.order_by(Order.order_no)).all()


def _shown() -> Select[Any, Any, Any]:
    return (
        select(CommissionLine, Order, OrderLine)
        .join(Order, Order.id == CommissionLine.order_id)
        .join(
            OrderLine,
            (OrderLine.order_id == CommissionLine.order_id)
            & (OrderLine.position == CommissionLine.position),
        )
        .execution_options(populate_existing=True)
    )


def _line(own: CommissionLine, order: Order, sold: OrderLine) -> ShownLine:
    why = VOID_REASONS.get(own.void_reason or "", WAITS.get(own.waits or "", ""))
    return ShownLine(
        id=own.id,
        order_no=order.order_no,
        position=own.position,
        level=own.level,
        promoter_id=own.promoter_id,
        buyer_id=order.user_id,
        goods=sold.name,
        spec_text=sold.spec_text,
        image=sold.image,
        rate_bp=own.rate_bp,
        base_fen=own.base_fen,
        back_fen=own.back_fen,
        amount_fen=own.amount_fen,
        kept_fen=own.kept_fen,
        status=own.status,
        why=why,
        binding_id=own.binding_id,
        upper_binding_id=own.upper_binding_id,
        due_at=own.due_at,
        settled_at=own.settled_at,
        created_at=own.created_at,
    )
