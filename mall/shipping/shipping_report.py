"""The shipping report (发货信息): WeChat pays out an order's money only after it.

`enqueue` records, in the transaction that changed the parcels, that WeChat must be told; an
outbound call tells it. Each report names all parcels of the order, so a lost or repeated call
does no harm. Temporary failures are tried again for about 17 hours. A report that WeChat
refuses for good stays on the staff's list until somebody retries it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.kernel import outbound
from mall.kernel.outbound import DONE, CallKind, Outcome, Verdict
from mall.kernel.registry import Registry
from mall.orders.addresses import open_address
from mall.orders.kinds import kind_named
from mall.orders.models import Order
from mall.orders.states import CLOSED
from mall.shipping import parcels
from mall.shipping.models import REPORT_CALL, ShippingReport
from mall.shipping.rules import MAX_ATTEMPTS, RETRY_S
from mall.wechat.errors import WechatRefused, code_of
from mall.wechat.gateway import ShippingReport as ReportRequest
from mall.wechat.gateway import gateway

LogisticsType = Literal[1, 2, 3, 4]
EXPRESS: LogisticsType = 1
VIRTUAL: LogisticsType = 3
COLLECTED_BY_SHOPPER: LogisticsType = 4
"""WeChat's ways of delivery (`logistics_type`)."""
ALREADY_KNOWN = frozenset({"10060002", "10060023"})
"""WeChat has the shipment: somebody entered it in WeChat's console, or nothing is new."""
TEMPORARY = frozenset({"10060001", "10060012", "10060019"})
"""The payment isn't visible to WeChat's shipping service yet, or that is busy."""


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


@dataclass(frozen=True, slots=True)
class ParcelsLeft:
    """`split`: there are several parcels, or will be. `complete`: no more will follow."""

    split: bool
    complete: bool


@dataclass(frozen=True)
class _Report:
    """One call: the version that it tells of, and its request."""

    version: int
    request: ReportRequest


def enqueue(session: Session, order_id: int, *, split: bool, complete: bool) -> int:
    """Record that an order's parcels changed, and enqueue the report. Returns the new version."""
    return enqueue_many(session, {order_id: ParcelsLeft(split, complete)})[order_id]


def enqueue_many(session: Session, changed: Mapping[int, ParcelsLeft]) -> dict[int, int]:
    """`enqueue` for several orders in a few statements. Returns the new versions by order id."""
    statement = insert(ShippingReport)
    rows = session.execute(
        statement.on_conflict_do_update(
            index_elements=[ShippingReport.order_id],
            set_={
                "split": or_(ShippingReport.split, statement.excluded.split),
                "complete": statement.excluded.complete,
                **_NEXT_VERSION,
            },
        ).returning(ShippingReport.order_id, ShippingReport.version),
        [
            {"order_id": order_id, "version": 1, "split": now.split, "complete": now.complete}
            for order_id, now in sorted(changed.items())
        ],
    ).all()
    outbound.enqueue_many(session, REPORT_CALL, list(changed))
    return {row.order_id: row.version for row in rows}


def use_correction(session: Session, order_id: int) -> int | None:
    """Take the one correction of an order; the new version, or None when it is used up."""
    return _change(session, order_id, ShippingReport.corrections == 0, corrections=1)


def enqueue_completed(session: Session, order_id: int) -> None:
    """Tell WeChat that no parcel will follow, unless it was told: the rest was refunded."""
    _change(session, order_id, ~ShippingReport.complete, complete=True)


def retry(session: Session, order_id: int) -> bool:
    """Enqueue a failed report again. False when it hasn't failed."""
    return _change(session, order_id, ShippingReport.status == "failed") is not None


_NEXT_VERSION: dict[str, Any] = {
    "version": ShippingReport.version + 1,
    "status": "pending",
    "error_code": None,
    "error": None,
}


def _change(
    session: Session, order_id: int, when: ColumnElement[bool], **values: Any
) -> int | None:
    """Enqueue a new version; None, and nothing done, unless `when`."""
    version = session.scalar(
        update(ShippingReport)
        .where(ShippingReport.order_id == order_id, when)
        .values(**_NEXT_VERSION, **values)
        .returning(ShippingReport.version)
    )
    if version is not None:
        outbound.enqueue(session, REPORT_CALL, order_id)
    return version


def _lock(session: Session, order_id: int) -> None:
    session.execute(
        select(ShippingReport.version).where(ShippingReport.order_id == order_id).with_for_update()
    )


def _prepare(session: Session, order_id: int) -> _Report | Verdict:
    """The report of the present state; done when WeChat need not be told."""
    order = session.execute(
        select(Order.status, Order.kind, Order.address_sealed).where(Order.id == order_id)
    ).one()
    key = ORDER_KEYS.only().find(session, order_id)
    if key is None or order.status == CLOSED:
        _update(session, order_id, status="void")
        return DONE
    # WeChat wants each report's time to be newer than the last, by a millisecond.
    newer = func.greatest(
        func.clock_timestamp(), ShippingReport.last_reported_at + timedelta(milliseconds=1)
    )
    _update(session, order_id, last_reported_at=newer)
    is_sent = kind_named(order.kind).ships
    row = session.get_one(ShippingReport, order_id, populate_existing=True)
    assert row.last_reported_at is not None
    return _Report(
        row.version,
        ReportRequest(
            transaction_id=key.transaction_id,
            openid=key.openid,
            logistics_type=_logistics_type(session, order_id) if is_sent else VIRTUAL,
            parcels=parcels.of_order(session, order_id, _phone(order.address_sealed))
            if is_sent
            else parcels.delivered(session, order_id),
            reported_at=row.last_reported_at,
            split=row.split,
            all_delivered=row.complete,
        ),
    )


def _logistics_type(session: Session, order_id: int) -> LogisticsType:
    return COLLECTED_BY_SHOPPER if parcels.are_collected(session, order_id) else EXPRESS


def _phone(address_sealed: bytes | None) -> str:
    address = open_address(address_sealed)
    return address.phone if address else ""


def _send(report: _Report) -> str | None:
    """Tell WeChat; the code with which it says that it knew already, if it did."""
    try:
        gateway().mini.report_shipping(report.request)
    except WechatRefused as refused:
        if refused.code not in ALREADY_KNOWN:
            raise
        return refused.code
    return None


def _is_temporary(_report: _Report, code: str) -> bool:
    return code in TEMPORARY


def _conclude(session: Session, order_id: int, outcome: Outcome[_Report, str | None]) -> Verdict:
    """Store the result of a call. A change made meanwhile leaves the report pending."""
    verdict, fault = outcome.verdict, outcome.fault
    report = outcome.request
    assert report is not None, "a report is repeatable"
    values: dict[str, Any] = {"error_code": outcome.answer, "error": None}
    if fault is not None:
        code = code_of(fault)
        values = {"error_code": code, "error": verdict.error}
    if verdict.state == "done":
        values["reported_version"] = report.version
    status = {"done": "uploaded", "given_up": "failed"}.get(verdict.state, "pending")
    _update(session, order_id, **values)
    is_current = ShippingReport.version == report.version
    _update(session, order_id, is_current, status=status)
    return verdict


def _update(session: Session, order_id: int, *where: ColumnElement[bool], **values: Any) -> None:
    session.execute(
        update(ShippingReport).where(ShippingReport.order_id == order_id, *where).values(**values)
    )


REPORTS = CallKind(
    name=REPORT_CALL,
    lock=_lock,
    prepare=_prepare,
    send=_send,
    conclude=_conclude,
    is_temporary=_is_temporary,
    retry_s=RETRY_S,
    max_attempts=MAX_ATTEMPTS,
)
