"""What isn't broken but needs somebody: jobs given up, refunds stuck, uploads failed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Result, func, select, text
from sqlalchemy.orm import Session

from mall.flashsale.models import FlashSession
from mall.flashsale.running import DUE_TO_ARM
from mall.kernel.db import db
from mall.kernel.http.health import readiness
from mall.orders.models import Order
from mall.payments.models import PaymentDiscrepancy, Refund
from mall.payments.queries import STUCK
from mall.payments.reconciliation_models import Reconciliation, ReconciliationFinding
from mall.payments.reconciliation_queries import OPEN, OVERDUE
from mall.shipping.models import ShippingUpload

SHOWN = 20
_DEAD_LETTERS = text(
    """
    SELECT j.id, j.task_name, j.attempts, j.args - '_request_id' AS args,
           j.args ->> '_request_id' AS request_id, f.error, f.failed_at
    FROM procrastinate_jobs j LEFT JOIN job_errors f ON f.job_id = j.id
    WHERE j.status = 'failed'
    ORDER BY j.id DESC LIMIT :shown
    """
)


@dataclass(frozen=True)
class Concern:
    """A list that somebody should work off: how many there are, and the newest of them."""

    name: str
    title: str
    count: int
    rows: list[dict[str, Any]]


def concerns(session: Session) -> list[Concern]:
    """Every list, the empty ones too."""
    return [
        _dead_letters(session),
        _refunds(session),
        _uploads(session),
        _discrepancies(session),
        _findings(session),
        _days(session),
        _unarmed(session),
    ]


def surroundings() -> dict[str, str]:
    """PostgreSQL, Redis and the migrations ("ok" or what is wrong), and the connection pool."""
    return {**readiness(), "pool": db.engine.pool.status()}


def _dead_letters(session: Session) -> Concern:
    count = session.scalar(text("SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'"))
    rows = session.execute(_DEAD_LETTERS, {"shown": SHOWN})
    return Concern("dead_letters", "jobs that were given up", int(count or 0), _dicts(rows))


def _refunds(session: Session) -> Concern:
    count = session.scalar(select(func.count()).select_from(Refund).where(STUCK))
    rows = session.execute(
        select(Refund.refund_no, Refund.status, Refund.amount_fen, Refund.error, Refund.created_at)
        .where(STUCK)
        .order_by(Refund.id.desc())
        .limit(SHOWN)
    )
    return Concern("stuck_refunds", "refunds that are stuck", count or 0, _dicts(rows))


def _uploads(session: Session) -> Concern:
    failed = ShippingUpload.status == "failed"
    count = session.scalar(select(func.count()).select_from(ShippingUpload).where(failed))
    rows = session.execute(
        select(Order.order_no, ShippingUpload.error_code, ShippingUpload.error)
        .join(Order, Order.id == ShippingUpload.order_id)
        .where(failed)
        .order_by(ShippingUpload.order_id.desc())
        .limit(SHOWN)
    )
    title = "shipments that WeChat refused: their money stays frozen"
    return Concern("failed_uploads", title, count or 0, _dicts(rows))


def _discrepancies(session: Session) -> Concern:
    count = session.scalar(select(func.count()).select_from(PaymentDiscrepancy))
    rows = session.execute(
        select(PaymentDiscrepancy.kind, PaymentDiscrepancy.number, PaymentDiscrepancy.created_at)
        .order_by(PaymentDiscrepancy.id.desc())
        .limit(SHOWN)
    )
    title = "statements of WeChat Pay that contradict our books"
    return Concern("discrepancies", title, count or 0, _dicts(rows))


def _findings(session: Session) -> Concern:
    count = session.scalar(select(func.count()).select_from(ReconciliationFinding).where(OPEN))
    columns = ("day", "kind", "code", "number", "theirs_fen", "ours_fen")
    rows = session.execute(
        select(*(getattr(ReconciliationFinding, name) for name in columns))
        .where(OPEN)
        .order_by(ReconciliationFinding.day.desc(), ReconciliationFinding.id)
        .limit(SHOWN)
    )
    title = "differences between WeChat's bill and our books"
    return Concern("reconciliation_findings", title, count or 0, _dicts(rows))


def _days(session: Session) -> Concern:
    count = session.scalar(select(func.count()).select_from(Reconciliation).where(OVERDUE))
    rows = session.execute(
        select(Reconciliation.day, Reconciliation.status, Reconciliation.error)
        .where(OVERDUE)
        .order_by(Reconciliation.day.desc())
        .limit(SHOWN)
    )
    title = "days that couldn't be compared with WeChat's bill"
    return Concern("unreconciled_days", title, count or 0, _dicts(rows))


def _unarmed(session: Session) -> Concern:
    waiting = DUE_TO_ARM, FlashSession.arm_error.is_not(None)
    count = session.scalar(select(func.count()).select_from(FlashSession).where(*waiting))
    rows = session.execute(
        select(FlashSession.id, FlashSession.name, FlashSession.starts_at, FlashSession.arm_error)
        .where(*waiting)
        .order_by(FlashSession.starts_at)
        .limit(SHOWN)
    )
    return Concern("unarmed_sales", "flash sales that can't be armed", count or 0, _dicts(rows))


def _dicts(rows: Result[*tuple[Any, ...]]) -> list[dict[str, Any]]:
    return [dict(row) for row in rows.mappings()]
