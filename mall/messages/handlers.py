"""Which pushes lead to a change of the quota, a receipt or a warning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import structlog
from prometheus_client import Counter
from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.config import current_config
from mall.messages import quota
from mall.messages.kinds import templates
from mall.messages.undelivered import mark_undelivered
from mall.orders.errors import OrderStateConflict
from mall.orders.fulfilling import confirm_receipt
from mall.orders.models import Order
from mall.payments.models import PaymentAttempt
from mall.users.models import User

REMINDERS = Counter(
    "mall_wechat_reminders_total",
    "Warnings of WeChat: shipping that is overdue, a trade restriction",
    ["event"],
)
log = structlog.get_logger("mall.messages")


def confirm_receipt_on_settlement(session: Session, push: Mapping[str, Any]) -> None:
    """The shopper confirmed inside WeChat, or WeChat's time ran out: so the order is received.

    WeChat pushes this event when goods are shipped too, then without a way of confirming.
    Which number stands for which way is unreliable, so any will do.
    """
    if str(push.get("confirm_receive_method") or "") not in ("1", "2"):
        return
    config = current_config()
    order = session.execute(
        select(Order.order_no, Order.user_id)
        .join(PaymentAttempt, PaymentAttempt.order_id == Order.id)
        .where(
            PaymentAttempt.transaction_id == str(push.get("transaction_id")),
            PaymentAttempt.status == "succeeded",
        )
    ).first()
    if order is None or str(push.get("merchant_id")) != config.wechat_mchid:
        log.warning("settlement of an unknown payment")
        return
    try:
        confirm_receipt(order.user_id, order.order_no)
    except OrderStateConflict:
        # Shipped in WeChat's console only, or refunded meanwhile: our own state stands.
        log.warning("settlement of an order that isn't shipped", order_no=order.order_no)


def warn_of_reminder(session: Session, push: Mapping[str, Any]) -> None:
    """WeChat warns: an order waits for shipping, or trading is restricted."""
    event = str(push.get("Event"))
    REMINDERS.labels(event).inc()
    log.error("WeChat warns", push_event=event, out_trade_no=push.get("merchant_trade_no"))


def count_answers_to_prompt(session: Session, push: Mapping[str, Any]) -> None:
    """The shopper answered a prompt for messages: each accepted template allows one."""
    user_id = _user_of(session, push)
    known = templates()
    for entry in _entries(push, "SubscribeMsgPopupEvent"):
        accepted = entry.get("SubscribeStatusString") == "accept"
        if user_id is not None and accepted and entry.get("TemplateId") in known:
            quota.allow(session, user_id, str(entry["TemplateId"]), "pushed")


def clear_quota_on_rejection(session: Session, push: Mapping[str, Any]) -> None:
    """The shopper turned a template off in WeChat's own settings."""
    user_id = _user_of(session, push)
    for entry in _entries(push, "SubscribeMsgChangeEvent"):
        if user_id is not None and entry.get("SubscribeStatusString") == "reject":
            quota.clear(session, user_id, str(entry.get("TemplateId")))


def act_on_failed_delivery(session: Session, push: Mapping[str, Any]) -> None:
    """WeChat accepted a message but couldn't deliver it, because the shopper refuses them."""
    user_id = _user_of(session, push)
    for entry in _entries(push, "SubscribeMsgSentEvent"):
        code = str(entry.get("ErrorCode") or "0")
        if user_id is None or code == "0":
            continue
        error = str(entry.get("ErrorStatus") or "")
        mark_undelivered(session, user_id, str(entry.get("MsgID")), code, error)
        quota.clear(session, user_id, str(entry.get("TemplateId")))


def _user_of(session: Session, push: Mapping[str, Any]) -> int | None:
    return session.scalar(
        select(User.id).where(
            User.appid == current_config().wechat_appid,
            User.openid == str(push.get("FromUserName")),
        )
    )


def _entries(push: Mapping[str, Any], wrapper: str) -> Iterator[Mapping[str, Any]]:
    """The entries of a push, JSON or XML, where one entry is no list."""
    holder = push.get(wrapper)
    entries = (holder if isinstance(holder, Mapping) else push).get("List")
    for entry in entries if isinstance(entries, list) else [entries]:
        if isinstance(entry, Mapping):
            yield entry
