"""Resolving what WeChat said that contradicts our books, as staff do."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.orders.locking import lock_order_by_id
from mall.payments.errors import DiscrepancyAlreadyResolved, DiscrepancyNotFound
from mall.payments.models import PaymentDiscrepancy
from mall.staff.audit import record


def resolve_discrepancy(discrepancy_id: int, comment: str, staff_id: int) -> None:
    """Close one with a comment on how it was settled: the order may be sent again.

    Errors: DiscrepancyNotFound, DiscrepancyAlreadyResolved.
    """
    with transaction() as session:
        found = lock_open(session, discrepancy_id)
        close(session, found, comment, staff_id)


def lock_open(session: Session, discrepancy_id: int) -> PaymentDiscrepancy:
    """An open one, locked after its order. Errors as those of `resolve_discrepancy`."""
    known = session.execute(
        select(PaymentDiscrepancy.order_id).where(PaymentDiscrepancy.id == discrepancy_id)
    ).one_or_none()
    if known is None:
        raise DiscrepancyNotFound
    if known.order_id is not None:
        lock_order_by_id(session, known.order_id)
    found = session.scalars(
        select(PaymentDiscrepancy)
        .where(PaymentDiscrepancy.id == discrepancy_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if found.resolved_at is not None:
        raise DiscrepancyAlreadyResolved
    return found


def close(session: Session, found: PaymentDiscrepancy, comment: str, staff_id: int) -> None:
    """Close a locked one, with its audit row."""
    found.resolved_at = session.scalar(select(func.clock_timestamp()))
    found.resolution, found.resolved_by = comment, staff_id
    session.flush()
    record(
        session,
        action="payment_discrepancy.resolve",
        target_type="payment_discrepancy",
        target_id=found.id,
        after={"kind": found.kind, "number": found.number, "resolution": comment},
    )
