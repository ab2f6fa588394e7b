"""Giving what isn't sent: a reward or a code, once an order, after it was paid.

A job of the transaction of the payment does it. What can't be given is refunded: the points, and
the money if there was any.
"""

from __future__ import annotations

from typing import Any

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.errors import MallError
from mall.kernel.failpoints import around_commit
from mall.kernel.jobs import PATIENT, job
from mall.orders.fulfilling import deliver
from mall.orders.locking import LockedOrder, lock_order
from mall.orders.states import PAID
from mall.payments.refunds.causing import refund_in_full
from mall.points.exchange import metrics
from mall.points.exchange.codes.delivering import deliver_code
from mall.points.exchange.models import CODE, hold_source
from mall.points.exchange.orders.participant import DELIVER
from mall.rewards.granters import read_reward
from mall.rewards.granting import Source, grant

UNDELIVERABLE = "exchange:undeliverable"
REASON = "兑换的商品无法发放，积分与款项原路退回"
_log = structlog.get_logger("mall.points.exchange")
_FIND = text(
    """
    SELECT x.item_id, x.reward, i.kind, i.reward_rule_id
    FROM exchange_orders x JOIN exchange_items i ON i.id = x.item_id
    WHERE x.order_id = :order_id AND x.awaits_delivery
    """
)
_DONE = text("UPDATE exchange_orders SET awaits_delivery = false WHERE order_id = :order_id")


@job(DELIVER, retry=PATIENT)
def deliver_exchange(*, order_no: str) -> None:
    """Give the order its reward or code, and complete it; or refund it. Twice is once.

    Raises UnitsNotShippable while a refund of it is under way: the job tries again.
    """
    with transaction() as session:
        around_commit(session, "exchange.before_delivery_commit", "exchange.after_delivery_commit")
        order = lock_order(session, order_no)
        found = session.execute(_FIND, {"order_id": order.id}).one_or_none()
        if found is None or order.status != PAID:
            return
        session.execute(_DONE, {"order_id": order.id})
        try:
            with session.begin_nested():
                _give(session, order, found)
        except MallError as refused:
            _log.warning("an exchange can't be delivered", order_no=order_no, code=refused.code)
            metrics.DELIVERIES.labels(found.kind, "refunded").inc()
            refund_in_full(session, order_no, UNDELIVERABLE, REASON)
            return
        deliver(session, order, "exchange")
        metrics.DELIVERIES.labels(found.kind, "delivered").inc()


def _give(session: Session, order: LockedOrder, found: Any) -> None:
    """Raises what a granter refuses, and ExchangeCodesGone."""
    if found.kind == CODE:
        deliver_code(session, found.item_id, order.id)
        return
    ground = hold_source(order.order_no)
    source = Source(found.reward_rule_id, ground, ground)
    grant(session, order.user_id, source, read_reward(found.reward))
