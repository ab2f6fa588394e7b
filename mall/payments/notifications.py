"""Callbacks of WeChat Pay: verified first, then kept and applied in one commit.

A callback that can't be verified is refused, and nothing is written. A genuine one that
doesn't match our books is recorded for staff and acknowledged, since a repeat would say the
same: WeChat is then asked by query.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.registry import Registry
from mall.payments import discrepancies
from mall.payments.confirming import confirm_payment
from mall.payments.metrics import NOTIFICATIONS
from mall.payments.models import WechatNotification
from mall.wechat.errors import NotificationRejected, WechatUnknown
from mall.wechat.gateway import Notification, Payment, gateway

# An answer after 5 s counts as none, so a lock isn't waited for longer than this.
_LOCK_TIMEOUT = text("SET LOCAL lock_timeout = '3s'")
# A repeat under the same id is looked at again after these: it may be the genuine one.
_NOT_FINAL = ("mismatch", "contradicting", "unknown", "unreadable")


@dataclass(frozen=True)
class NotificationHandler:
    """What a kind of callback does. `apply` returns its outcome and runs in the transaction
    that also keeps the callback's id; WechatUnknown says that it can't be read."""

    event_type: str
    apply: Callable[[Session, Notification], str]


NOTIFICATION_HANDLERS: Registry[NotificationHandler] = Registry(
    "callbacks of WeChat Pay", lambda handler: handler.event_type
)
_log = structlog.get_logger("mall.payments")


def receive(kind: str, headers: Mapping[str, str], raw_body: bytes) -> str:
    """Handle one callback completely; its outcome. `kind` only labels the metric.

    Raises NotificationRejected for what isn't WeChat's, fresh and signed; nothing was
    written then. Makes no call to WeChat.
    """
    try:
        notification = gateway().pay.open_notification(headers, raw_body)
    except NotificationRejected as rejected:
        NOTIFICATIONS.labels(kind, "rejected").inc()
        _log.warning("callback rejected", kind=kind, reason=rejected.reason)
        raise
    with transaction() as session:
        session.execute(_LOCK_TIMEOUT)
        outcome = _once(session, notification)
    NOTIFICATIONS.labels(kind, outcome).inc()
    return outcome


def _once(session: Session, notification: Notification) -> str:
    known = session.scalar(
        select(WechatNotification.outcome).where(WechatNotification.id == notification.id)
    )
    if known is not None and known not in _NOT_FINAL:
        return "repeated"
    outcome = _apply(session, notification)
    if known == "unreadable" and outcome != known:
        discrepancies.resolve_by_later_word(session, notification.id)
    resource = notification.resource
    names = ("out_refund_no", "out_trade_no", "out_bill_no")
    ref = next((resource[name] for name in names if resource.get(name)), "")
    session.execute(
        insert(WechatNotification)
        .values(
            id=notification.id,
            event_type=notification.event_type[:64],
            ref=str(ref)[:64],
            outcome=outcome,
        )
        .on_conflict_do_update(
            index_elements=[WechatNotification.id],
            set_={"outcome": outcome},
            where=WechatNotification.outcome.in_(_NOT_FINAL),
        )
    )
    return outcome


def _apply(session: Session, notification: Notification) -> str:
    handler = NOTIFICATION_HANDLERS.get(notification.event_type)
    if handler is None:
        return "ignored"
    try:
        return handler.apply(session, notification)
    except WechatUnknown:
        discrepancies.record(session, "unreadable", source="callback", number=notification.id)
        return "unreadable"


def _confirm(session: Session, notification: Notification) -> str:
    payment = Payment.from_wechat(notification.resource)
    return confirm_payment(session, payment, source="callback")


PAYMENT_SUCCESS = NotificationHandler("TRANSACTION.SUCCESS", _confirm)
