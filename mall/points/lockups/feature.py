"""Lock-ups of points."""

from __future__ import annotations

from mall.compliance.running import CAMPAIGN_SOURCES
from mall.kernel.features import Mall
from mall.messages.kinds import KINDS
from mall.points.lockups import admin, jobs, routes
from mall.points.lockups.closed_accounts import LOCKED_LOST, LOCKUPS
from mall.points.lockups.describing import LOCKUP_OFFERS
from mall.points.lockups.ended_message import LOCKUP_ENDED
from mall.points.lockups.invariants import INVARIANTS
from mall.points.lockups.queries import OFFER_NAMES
from mall.points.lockups.settings import SETTINGS as OWN
from mall.points.statements.details import DETAILS
from mall.settings import SETTINGS
from mall.users.closing import CLOSING_LOSSES
from mall.users.erasing import ERASERS


def install(mall: Mall) -> None:
    """Declare lock-ups."""
    mall.add(SETTINGS, *OWN)
    mall.blueprints(routes.blp, admin.blp)
    mall.permissions({"lockup:read": "查看积分锁定", "lockup:write": "管理积分锁定活动"})
    mall.jobs(jobs)
    mall.add(KINDS, LOCKUP_ENDED)
    mall.add(DETAILS, OFFER_NAMES)
    mall.add(CAMPAIGN_SOURCES, LOCKUP_OFFERS)
    mall.add(ERASERS, LOCKUPS)
    mall.add(CLOSING_LOSSES, LOCKED_LOST)
    mall.invariants(*INVARIANTS)
