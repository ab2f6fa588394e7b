"""Statements of WeChat that contradict our books: kept for staff, never applied."""

from __future__ import annotations

from typing import Any

import structlog
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.payments.metrics import DISCREPANCIES
from mall.payments.models import PaymentDiscrepancy

_log = structlog.get_logger("mall.payments")


def record(
    session: Session,
    kind: str,
    *,
    source: str,
    number: str,
    transaction_id: str | None = None,
    expected: dict[str, Any] | None = None,
    actual: dict[str, Any] | None = None,
) -> None:
    """Keep one contradiction, once however often it is repeated.

    `number` is the out_trade_no, out_refund_no or notification id that it is about,
    `source` is `callback` or `query`. No personal data may be passed.
    """
    fresh = session.scalar(
        insert(PaymentDiscrepancy)
        .values(
            kind=kind,
            source=source,
            number=number[:64],
            transaction_id=(transaction_id or "")[:64],
            expected=expected or {},
            actual=actual or {},
        )
        .on_conflict_do_nothing(constraint="uq_payment_discrepancies_once")
        .returning(PaymentDiscrepancy.id)
    )
    if fresh is not None:
        DISCREPANCIES.labels(kind).inc()
        _log.warning("payment discrepancy", kind=kind, source=source, number=number[:64])
