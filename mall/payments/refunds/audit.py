"""The audit trail of what staff do about refunds."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.payments.models import Refund
from mall.staff.audit import record


def audit_refund(
    session: Session,
    action: str,
    refund_id: int,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> str:
    """Record what was done to a refund, with its state as it is now. Returns its refund_no."""
    refund = session.scalars(
        select(Refund).where(Refund.id == refund_id).execution_options(populate_existing=True)
    ).one()
    now = {
        "status": refund.status,
        "out_refund_no": refund.out_refund_no,
        "amount_fen": refund.amount_fen,
    }
    record(
        session,
        action=action,
        target_type="refund",
        target_id=refund.refund_no,
        before=before,
        after=now | (after or {}),
    )
    return refund.refund_no
