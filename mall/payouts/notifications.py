"""WeChat says how a transfer ended."""

from __future__ import annotations

from sqlalchemy.orm import Session

from mall.payments.notifications import NotificationHandler
from mall.payouts.applying import apply_transfer
from mall.wechat.gateway import Notification, Transfer


def _apply(session: Session, notification: Notification) -> str:
    return apply_transfer(session, Transfer.from_wechat(notification.resource), source="callback")


TRANSFER_FINISHED = NotificationHandler("MCHTRANSFER.BILL.FINISHED", _apply)
