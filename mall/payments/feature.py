"""Payments: WeChat Pay, refunds, the daily bill."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.payments import admin, callbacks, jobs, metrics, reconciliation_admin, routes
from mall.payments.attention import DISCREPANCIES, FINDINGS, STUCK_REFUNDS, UNRECONCILED_DAYS
from mall.payments.cli import reconcile
from mall.payments.invariants import INVARIANTS
from mall.payments.order_keys import order_key
from mall.shipping.shipping_report import ORDER_KEYS, OrderKeySource


def install(mall: Mall) -> None:
    """Declare payments, refunds and reconciliation."""
    mall.blueprints(routes.blp, callbacks.blp, admin.blp, reconciliation_admin.blp)
    mall.permissions(
        {
            "payment:read": "查看支付",
            "refund:read": "查看退款",
            "refund:write": "发起退款",
            "reconciliation:read": "查看对账",
            "reconciliation:write": "重新对账、处理对账差异",
        }
    )
    mall.jobs(jobs)
    mall.metrics(metrics)
    mall.add(ORDER_KEYS, OrderKeySource("payments", order_key))
    mall.invariants(*INVARIANTS)
    mall.attention(STUCK_REFUNDS, DISCREPANCIES, FINDINGS, UNRECONCILED_DAYS)
    mall.commands(reconcile)
