"""Callbacks of WeChat Pay: verified first, then written down and applied in one commit.

What can't be trusted is refused and leaves nothing behind. What is genuine but doesn't fit
our books is recorded for staff and acknowledged, since a repeat would say the same: the
truth is then had by query.
"""

from __future__ import annotations

from collections.abc import Mapping

import structlog
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.payments import discrepancies
from mall.payments.confirming import confirm_payment
from mall.payments.metrics import NOTIFICATIONS
from mall.payments.models import WechatNotification
from mall.payments.refund_results import apply_refund
from mall.wechat.errors import NotificationRejected, WechatUnknown
from mall.wechat.gateway import Notification, Payment, Refund, gateway

PAYMENT_EVENT = "TRANSACTION.SUCCESS"
REFUND_EVENTS = frozenset({"REFUND.SUCCESS", "REFUND.ABNORMAL", "REFUND.CLOSED"})
# An answer after 5 s counts as none, so a lock isn't waited for longer than this.
_LOCK_TIMEOUT = text("SET LOCAL lock_timeout = '3s'")
# A repeat under the same id is looked at again after these: it may be the genuine one.
_NOT_FINAL = ("mismatch", "unknown", "unreadable")

_log = structlog.get_logger("mall.payments")


def receive(kind: str, headers: Mapping[str, str], raw_body: bytes) -> str:
    """Take one callback to the end; what was made of it. `kind` only labels the metric.

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
    resource = notification.resource
    ref = resource.get("out_refund_no") or resource.get("out_trade_no") or ""
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
    try:
        if notification.event_type == PAYMENT_EVENT:
            payment = Payment.from_wechat(notification.resource)
            return confirm_payment(session, payment, source="callback")
        if notification.event_type in REFUND_EVENTS:
            refund = Refund.from_wechat(notification.resource)
            return _apply_refund(session, refund)
    except WechatUnknown:
        discrepancies.record(session, "unreadable", source="callback", number=notification.id)
        return "unreadable"
    return "ignored"


def _apply_refund(session: Session, refund: Refund) -> str:
    if refund.mchid != gateway().pay.mchid:
        discrepancies.record(
            session, "mismatch_mchid", source="callback", number=refund.out_refund_no
        )
        return "mismatch"
    return apply_refund(session, refund, source="callback")
