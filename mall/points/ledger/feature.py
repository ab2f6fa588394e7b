"""The ledger of points."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.points.ledger import jobs
from mall.points.ledger.closed_accounts import POINTS
from mall.points.ledger.granter import PointsGranter
from mall.points.ledger.invariants import INVARIANTS
from mall.rewards.granters import GRANTERS
from mall.users.erasing import ERASERS


def install(mall: Mall) -> None:
    """Declare the ledger."""
    mall.jobs(jobs)
    mall.add(GRANTERS, PointsGranter())
    mall.add(ERASERS, POINTS)
    mall.invariants(*INVARIANTS)
