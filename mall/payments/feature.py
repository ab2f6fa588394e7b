"""Payments: WeChat Pay, refunds, the daily bill."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.orders.participants import PARTICIPANTS, REFUNDING, SHIPPING
from mall.payments import (
    admin,
    callbacks,
    jobs,
    metrics,
    notifications,
    price_admin,
    routes,
)
from mall.payments.attention import DISCREPANCIES, HANGING_CLOSINGS
from mall.payments.closed_accounts import PAYERS
from mall.payments.disputes import admin as disputes
from mall.payments.disputes.participant import PaymentsParticipant
from mall.payments.invariants import INVARIANTS
from mall.payments.order_keys import order_key
from mall.payments.reconciliation import feature as reconciliation
from mall.payments.refunds import feature as refunds
from mall.payments.settings import SETTINGS as OWN
from mall.settings import SETTINGS
from mall.shipping.shipping_report import ORDER_KEYS, OrderKeySource
from mall.users.erasing import ERASERS


def install(mall: Mall) -> None:
    """Declare payments, and its parts: refunds and reconciliation."""
    mall.add(SETTINGS, *OWN)
    mall.blueprints(routes.blp, callbacks.blp, admin.blp, disputes.blp, price_admin.blp)
    mall.permissions(
        {
            "payment:read": "查看支付",
            "payment:write": "处理支付异常",
            "order:price": "修改未付款订单的价格与运费",
        }
    )
    mall.jobs(jobs)
    mall.metrics(metrics)
    mall.add(notifications.NOTIFICATION_HANDLERS, notifications.PAYMENT_SUCCESS)
    mall.add(ORDER_KEYS, OrderKeySource("payments", order_key))
    mall.add(ERASERS, PAYERS)
    mall.add(PARTICIPANTS, PaymentsParticipant())
    mall.fails(SHIPPING, "payment_in_dispute")
    mall.fails(REFUNDING, "payment_in_dispute")
    mall.invariants(*INVARIANTS)
    mall.attention(DISCREPANCIES, HANGING_CLOSINGS)
    refunds.install(mall)
    reconciliation.install(mall)
