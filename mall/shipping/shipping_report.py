"""The shipping report (发货信息): WeChat pays out an order's money only after it.

`enqueue` records, in the transaction that changed the parcels, that WeChat must be told. The
job `shipping.send_report` tells it. Each report names all parcels of the order, so a lost or
repeated job does no harm. Temporary failures are tried again for about 17 hours. A report that
WeChat refuses for good stays on the staff's list until somebody retries it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, case, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.kernel import jobs
from mall.kernel.db import transaction
from mall.kernel.registry import Registry
from mall.kernel.sealed import sealer
from mall.orders.models import ADDRESS, Order
from mall.orders.states import CLOSED
from mall.shipping import parcels
from mall.shipping.models import ShippingReport
from mall.shipping.rules import MAX_ATTEMPTS, retry_delay_s
from mall.users.addressing import AddressSnapshot
from mall.wechat.errors import WechatRefused, WechatUnavailable, WechatUnknown
from mall.wechat.gateway import ShippingReport as ReportRequest
from mall.wechat.gateway import gateway

ALREADY_KNOWN = frozenset({"10060002", "10060023"})
"""WeChat has the shipment: somebody entered it in WeChat's console, or nothing is new."""
PASSING = frozenset({"10060001", "10060012", "10060019"})
"""The payment isn't visible to WeChat's shipping service yet, or that is busy."""
SWEEP_BATCH = 200

log = structlog.get_logger("mall.shipping")


@dataclass(frozen=True)
class OrderKey:
    """The WeChat payment of an order and its payer."""

    transaction_id: str
    openid: str


@dataclass(frozen=True)
class OrderKeySource:
    """Knows the payment of an order: `find(session, order_id)`.

    Payments stand above shipping, so shipping asks through this registry.
    """

    name: str
    find: Callable[[Session, int], OrderKey | None]


ORDER_KEYS: Registry[OrderKeySource] = Registry("order keys", lambda one: one.name)


@dataclass(frozen=True)
class _Outcome:
    """The result of one call: `uploaded`, `pending` (try again), `failed` or `void`."""

    status: str
    code: str | None = None
    error: str | None = None


def enqueue(session: Session, order_id: int, *, split: bool, complete: bool) -> int:
    """Record that an order's parcels changed, and defer the report. Returns the new version."""
    statement = insert(ShippingReport).values(
        order_id=order_id, version=1, split=split, complete=complete, due_at=_soon(300)
    )
    version = session.execute(
        statement.on_conflict_do_update(
            index_elements=[ShippingReport.order_id],
            set_={
                "version": ShippingReport.version + 1,
                "split": or_(ShippingReport.split, statement.excluded.split),
                "complete": complete,
                **_afresh(),
            },
        ).returning(ShippingReport.version)
    ).scalar_one()
    jobs.defer(session, "shipping.send_report", order_id=order_id)
    return version


def use_correction(session: Session, order_id: int) -> int | None:
    """Take the one correction of an order; the new version, or None when it is used up."""
    return _change(session, order_id, ShippingReport.corrections == 0, corrections=1)


def enqueue_completed(session: Session, order_id: int) -> None:
    """Tell WeChat that no parcel will follow, unless it was told: the rest was refunded."""
    _change(session, order_id, ~ShippingReport.complete, complete=True)


def retry(session: Session, order_id: int) -> bool:
    """Queue a failed report again. False when it hasn't failed."""
    return _change(session, order_id, ShippingReport.status == "failed") is not None


@jobs.job("shipping.send_report")
def send(order_id: int) -> None:
    """Tell WeChat the present parcels of an order, unless it was told already."""
    with transaction() as session:
        version = _claim(session, order_id)
        if version is None:
            return
        request = _request(session, order_id)
    outcome = _Outcome("void") if request is None else _call(request)
    with transaction() as session:
        _conclude(session, order_id, version, outcome)


@jobs.job("shipping.sweep_reports", retry=jobs.SWEEP, cron="*/1 * * * *")
def sweep_reports() -> None:
    """Defer the reports whose job was lost."""
    with transaction() as session:
        due = (
            select(ShippingReport.order_id)
            .where(ShippingReport.status == "pending", ShippingReport.due_at <= _soon(0))
            .order_by(ShippingReport.due_at)
            .limit(SWEEP_BATCH)
            .with_for_update(skip_locked=True)
            .cte()
        )
        found = session.scalars(
            update(ShippingReport)
            .where(ShippingReport.order_id == due.c.order_id)
            .values(due_at=_soon(600))
            .returning(ShippingReport.order_id)
        ).all()
        jobs.defer_many(
            session, "shipping.send_report", [{"order_id": found_id} for found_id in found]
        )


def _claim(session: Session, order_id: int) -> int | None:
    """Take the report for this job: the version to tell, None when there is nothing to do."""
    return session.scalar(
        update(ShippingReport)
        .where(
            ShippingReport.order_id == order_id,
            ShippingReport.status == "pending",
            or_(ShippingReport.busy_until.is_(None), ShippingReport.busy_until < _soon(0)),
        )
        .values(
            busy_until=_soon(120),
            due_at=_soon(600),
            attempts=ShippingReport.attempts + 1,
            # WeChat wants each report's time to be newer than the last, by a millisecond.
            last_reported_at=func.greatest(
                _soon(0), ShippingReport.last_reported_at + timedelta(milliseconds=1)
            ),
        )
        .returning(ShippingReport.version)
    )


def _request(session: Session, order_id: int) -> ReportRequest | None:
    """The call that tells the present state; None when WeChat has nothing to hear."""
    order = session.execute(
        select(Order.status, Order.address_sealed).where(Order.id == order_id)
    ).one()
    key = ORDER_KEYS.only().find(session, order_id)
    if key is None or order.status == CLOSED:
        return None
    address = AddressSnapshot.from_json(sealer().open(order.address_sealed, ADDRESS))
    row = session.get_one(ShippingReport, order_id, populate_existing=True)
    assert row.last_reported_at is not None
    return ReportRequest(
        transaction_id=key.transaction_id,
        openid=key.openid,
        logistics_type=4 if parcels.are_collected(session, order_id) else 1,  # or express
        parcels=parcels.of_order(session, order_id, address.phone),
        reported_at=row.last_reported_at,
        split=row.split,
        all_delivered=row.complete,
    )


def _call(request: ReportRequest) -> _Outcome:
    try:
        gateway().mini.report_shipping(request)
    except WechatRefused as refused:
        if refused.code in ALREADY_KNOWN:
            return _Outcome("uploaded", refused.code)
        status = "pending" if refused.code in PASSING else "failed"
        return _Outcome(status, refused.code, refused.message)
    except (WechatUnavailable, WechatUnknown) as fault:
        return _Outcome("pending", type(fault).__name__, str(fault)[:200])
    return _Outcome("uploaded")


def _conclude(session: Session, order_id: int, version: int, outcome: _Outcome) -> None:
    """Store the result of a call. A change made meanwhile leaves the report pending."""
    attempts = session.execute(
        select(ShippingReport.attempts).where(ShippingReport.order_id == order_id)
    ).scalar_one()
    status = outcome.status
    if status == "pending" and attempts >= MAX_ATTEMPTS:
        status = "failed"
    delay_s = retry_delay_s(attempts) if status == "pending" else 0
    current = ShippingReport.version == version
    values: dict[str, Any] = {
        "busy_until": None,
        "status": case((current, status), else_="pending"),
        "due_at": _soon(delay_s + 300),
        "error_code": outcome.code,
        "error": outcome.error,
    }
    if outcome.status == "uploaded":
        values["reported_version"] = version
    left = session.execute(
        update(ShippingReport)
        .where(ShippingReport.order_id == order_id)
        .values(**values)
        .returning(ShippingReport.status)
    ).scalar_one()
    if left == "pending":
        jobs.defer(session, "shipping.send_report", delay_s=delay_s, order_id=order_id)
    elif left == "failed":
        log.error("shipping report failed", order_id=order_id, wechat_code=outcome.code)


def _change(
    session: Session, order_id: int, when: ColumnElement[bool], **values: Any
) -> int | None:
    """A new version to tell of, and its job; None, and nothing done, unless `when`."""
    version = session.scalar(
        update(ShippingReport)
        .where(ShippingReport.order_id == order_id, when)
        .values(version=ShippingReport.version + 1, **_afresh(), **values)
        .returning(ShippingReport.version)
    )
    if version is not None:
        jobs.defer(session, "shipping.send_report", order_id=order_id)
    return version


def _afresh() -> dict[str, Any]:
    """The columns of a report that has something new to tell."""
    return {
        "status": "pending",
        "attempts": 0,
        "due_at": _soon(300),
        "error_code": None,
        "error": None,
    }


def _soon(seconds: int) -> ColumnElement[datetime]:
    """So many seconds from now by the database's clock."""
    return func.clock_timestamp() + timedelta(seconds=seconds)
