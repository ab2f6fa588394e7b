"""Teams: what opens, forms and ends them."""

from __future__ import annotations

from mall.groupbuy.teams import jobs, metrics
from mall.groupbuy.teams.closed_accounts import VISITS
from mall.groupbuy.teams.invariants import INVARIANTS
from mall.kernel.features import Mall
from mall.users.erasing import ERASERS


def install(mall: Mall) -> None:
    """Declare teams."""
    mall.jobs(jobs)
    mall.metrics(metrics)
    mall.add(ERASERS, VISITS)
    mall.invariants(*INVARIANTS)
