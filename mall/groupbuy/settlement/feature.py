"""What becomes of members' orders."""

from __future__ import annotations

from mall.groupbuy.settlement import jobs, metrics
from mall.groupbuy.settlement.attention import LATE_TEAMS, STUCK_MEMBERS, STUCK_REFUNDS
from mall.groupbuy.settlement.invariants import INVARIANTS
from mall.kernel.features import Mall


def install(mall: Mall) -> None:
    """Declare settlement."""
    mall.jobs(jobs)
    mall.metrics(metrics)
    mall.attention(STUCK_MEMBERS, STUCK_REFUNDS, LATE_TEAMS)
    mall.invariants(*INVARIANTS)
