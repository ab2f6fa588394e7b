"""Points: a ledger with lots that expire; as rewards; by hand."""

from __future__ import annotations

from mall.approvals.kinds import APPROVAL_KINDS
from mall.kernel.features import Mall
from mall.points import admin, jobs, routes
from mall.points.adjusting import APPROVAL
from mall.points.closed_accounts import POINTS
from mall.points.granter import PointsGranter
from mall.points.invariants import INVARIANTS
from mall.points.settings import SETTINGS as OWN
from mall.rewards.granters import GRANTERS
from mall.settings import SETTINGS
from mall.users.erasing import ERASERS


def install(mall: Mall) -> None:
    """Declare points."""
    mall.add(SETTINGS, *OWN)
    mall.blueprints(routes.blp, admin.blp)
    mall.permissions(
        {
            "points:read": "查看用户积分",
            "points:write": "人工调整积分",
            "points:approve": "审批积分调整，修改积分规则",
        }
    )
    mall.jobs(jobs)
    mall.add(GRANTERS, PointsGranter())
    mall.add(APPROVAL_KINDS, APPROVAL)
    mall.add(ERASERS, POINTS)
    mall.invariants(*INVARIANTS)
