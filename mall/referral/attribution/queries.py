"""Reads of attributions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from mall.orders.models import Order
from mall.referral.attribution.models import OrderAttribution

_ONE = select(OrderAttribution).execution_options(populate_existing=True)


def attribution_of(session: Session, order_id: int) -> OrderAttribution | None:
    """To whom an order belongs; None when to nobody, or not yet."""
    return session.scalars(_ONE.where(OrderAttribution.order_id == order_id)).one_or_none()


_COUNTED = text(
    """
    SELECT a.inviter_id, a.first_order FROM order_attributions a JOIN orders o ON o.id = a.order_id
    WHERE o.order_no = :order_no AND a.counted
    """
)


def counted_for(session: Session, order_no: str) -> Any:
    """For which sharer's missions an order counts (inviter_id, first_order); None for nobody's."""
    return session.execute(_COUNTED, {"order_no": order_no}).one_or_none()


def attributions(
    session: Session, wanted: Mapping[str, int], *, before: int | None, limit: int
) -> Sequence[Any]:
    """Attributed orders, newest order first, one more than `limit`. `wanted` are columns with
    what they must be."""
    query = (
        select(OrderAttribution.__table__, Order.order_no)
        .join(Order, Order.id == OrderAttribution.order_id)
        .order_by(OrderAttribution.order_id.desc())
        .limit(limit + 1)
    )
    for name, value in wanted.items():
        query = query.where(getattr(OrderAttribution, name) == value)
    if before is not None:
        query = query.where(OrderAttribution.order_id < before)
    return session.execute(query).all()
