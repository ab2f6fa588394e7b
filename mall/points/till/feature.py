"""The till: points at the shop's pick-up points."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.messages.kinds import KINDS
from mall.points.statements.details import DETAILS
from mall.points.till import admin, jobs, routes
from mall.points.till.closed_accounts import TILL_CODES
from mall.points.till.invariants import INVARIANTS
from mall.points.till.queries import POINT_NAMES
from mall.points.till.settings import SETTINGS as OWN
from mall.points.till.till_message import TILL_POINTS
from mall.settings import SETTINGS
from mall.users.erasing import ERASERS


def install(mall: Mall) -> None:
    """Declare the till."""
    mall.add(SETTINGS, *OWN)
    mall.blueprints(routes.blp, admin.blp)
    mall.permissions(
        {
            "till:read": "查看门店积分记录",
            "till:grant": "在门店发放积分",
            "till:take": "在门店扣减积分",
            "till:undo": "撤销当天的门店积分",
        }
    )
    mall.jobs(jobs)
    mall.add(KINDS, TILL_POINTS)
    mall.add(DETAILS, POINT_NAMES)
    mall.add(ERASERS, TILL_CODES)
    mall.invariants(*INVARIANTS)
