"""WeChat Pay's callbacks about refunds."""

from __future__ import annotations

from sqlalchemy.orm import Session

from mall.payments.notifications import NotificationHandler
from mall.payments.refunds.applying import apply_refund
from mall.wechat.gateway import Notification, Refund


def apply_notification(session: Session, notification: Notification) -> str:
    """Apply what a callback says about a refund; the outcome. WechatUnknown: unreadable."""
    refund = Refund.from_wechat(notification.resource)
    return apply_refund(session, refund, source="callback")


HANDLERS = tuple(
    NotificationHandler(f"REFUND.{ending}", apply_notification)
    for ending in ("SUCCESS", "ABNORMAL", "CLOSED")
)
