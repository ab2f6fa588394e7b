"""A refund, held: its order first, then the refund."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from mall.orders.locking import lock_order_by_id
from mall.payments.models import Refund


def lock_refund(session: Session, which: ColumnElement[bool]) -> Refund | None:
    """The one refund that `which` selects, locked after its order; None when there is none."""
    order_id = session.scalar(select(Refund.order_id).where(which))
    if order_id is None:
        return None
    lock_order_by_id(session, order_id)
    return session.scalars(
        select(Refund).where(which).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
