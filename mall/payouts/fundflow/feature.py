"""The fund-flow bill, a part of payouts."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.payouts.fundflow import admin, jobs, metrics
from mall.payouts.fundflow.attention import FINDINGS, UNCOMPARED


def install(mall: Mall) -> None:
    """Declare the fund-flow bill. Its permissions are those of the reconciliation."""
    mall.blueprints(admin.blp)
    mall.jobs(jobs)
    mall.metrics(metrics)
    mall.attention(FINDINGS, UNCOMPARED)
