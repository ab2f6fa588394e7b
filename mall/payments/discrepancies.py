"""Statements of WeChat that contradict our books: kept for staff, never applied.

A later statement that fits our books resolves those before it about the same number. The rest
is resolved by staff. While one about an order is open, nothing of the order is sent.
"""

from __future__ import annotations

from typing import Any

import structlog
from sqlalchemy import ColumnElement, and_, case, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.payments.metrics import DISCREPANCIES
from mall.payments.models import PaymentDiscrepancy

LATER_WORD = "微信之后的回复与本店账目一致，系统自动结案"
OPEN: ColumnElement[bool] = PaymentDiscrepancy.resolved_at.is_(None)

_log = structlog.get_logger("mall.payments")


def record(
    session: Session,
    kind: str,
    *,
    source: str,
    number: str,
    transaction_id: str | None = None,
    order_id: int | None = None,
    expected: dict[str, Any] | None = None,
    actual: dict[str, Any] | None = None,
) -> bool:
    """Keep one contradiction, once however often it is repeated. True when it is open anew.

    `number` is the out_trade_no, out_refund_no or notification id that it is about, `source`
    is `callback`, `query` or `bill`. What staff resolved opens again when WeChat says something
    else than before; what resolved itself opens again in any case. The order, if known, must be
    locked. No personal data may be passed.
    """
    new = insert(PaymentDiscrepancy).values(
        kind=kind,
        source=source,
        number=number[:64],
        transaction_id=(transaction_id or "")[:64],
        order_id=order_id,
        expected=expected or {},
        actual=actual or {},
    )
    was_made_at = PaymentDiscrepancy.created_at
    is_other = PaymentDiscrepancy.actual != new.excluded.actual
    fresh = session.execute(
        new.on_conflict_do_update(
            constraint="uq_payment_discrepancies_once",
            set_={
                "source": new.excluded.source,
                "order_id": func.coalesce(new.excluded.order_id, PaymentDiscrepancy.order_id),
                "expected": new.excluded.expected,
                "actual": new.excluded.actual,
                # Its order is held from now on, unless it was already.
                "created_at": case(
                    (and_(OPEN, PaymentDiscrepancy.order_id.is_not(None)), was_made_at),
                    else_=func.clock_timestamp(),
                ),
                "resolved_at": None,
                "resolution": None,
                "resolved_by": None,
            },
            where=or_(
                is_other,
                and_(~OPEN, PaymentDiscrepancy.resolved_by.is_(None)),
                and_(PaymentDiscrepancy.order_id.is_(None), new.excluded.order_id.is_not(None)),
            ),
        ).returning(PaymentDiscrepancy.id)
    ).first()
    if fresh is not None:
        DISCREPANCIES.labels(kind).inc()
        _log.warning("payment discrepancy", kind=kind, source=source, number=number[:64])
    return fresh is not None


def resolve_by_later_word(session: Session, number: str) -> None:
    """WeChat has said about this number what our books say: nothing is open about it any more."""
    session.execute(
        update(PaymentDiscrepancy)
        .where(PaymentDiscrepancy.number == number, OPEN)
        .values(resolved_at=func.clock_timestamp(), resolution=LATER_WORD, resolved_by=None),
        execution_options={"synchronize_session": False},
    )


def is_open(session: Session, number: str) -> bool:
    """Whether something that WeChat said about this number still contradicts our books."""
    found = select(PaymentDiscrepancy.id).where(PaymentDiscrepancy.number == number, OPEN).limit(1)
    return session.scalar(found) is not None
