"""The reconciliation, a part of payments."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.payments.reconciliation import admin, jobs, metrics
from mall.payments.reconciliation.attention import FINDINGS, UNRECONCILED_DAYS
from mall.payments.reconciliation.cli import reconcile


def install(mall: Mall) -> None:
    """Declare the reconciliation."""
    mall.blueprints(admin.blp)
    mall.permissions(
        {
            "reconciliation:read": "查看对账",
            "reconciliation:write": "重新对账、处理对账差异",
        }
    )
    mall.jobs(jobs)
    mall.metrics(metrics)
    mall.attention(FINDINGS, UNRECONCILED_DAYS)
    mall.commands(reconcile)
