"""What becomes of members' orders, and what must hold of teams."""

from __future__ import annotations

from mall.groupbuy.orders.invariants import INVARIANTS as OF_ORDERS
from mall.groupbuy.settlement import jobs, metrics
from mall.groupbuy.settlement.attention import LATE_TEAMS, STUCK_MEMBERS, STUCK_REFUNDS
from mall.groupbuy.settlement.invariants import INVARIANTS
from mall.groupbuy.teams import metrics as team_metrics
from mall.groupbuy.teams.invariants import INVARIANTS as OF_TEAMS
from mall.kernel.features import Mall


def install(mall: Mall) -> None:
    """Declare settlement, with the invariants of teams and their orders."""
    mall.jobs(jobs)
    mall.metrics(team_metrics, metrics)
    mall.attention(STUCK_MEMBERS, STUCK_REFUNDS, LATE_TEAMS)
    mall.invariants(*OF_TEAMS, *OF_ORDERS, *INVARIANTS)
