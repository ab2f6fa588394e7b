"""The check-in."""

from __future__ import annotations

from mall.compliance.running import CAMPAIGN_SOURCES
from mall.kernel.features import Mall
from mall.messages.kinds import KINDS
from mall.missions.checkin import admin, jobs, routes
from mall.missions.checkin.cards import MakeUpCardGranter
from mall.missions.checkin.closed_accounts import CHECK_INS
from mall.missions.checkin.describing import CHECK_IN_PLANS
from mall.missions.checkin.invariants import INVARIANTS
from mall.missions.checkin.reminder_message import CHECK_IN_REMINDER
from mall.missions.checkin.settings import SETTINGS as OWN
from mall.rewards.granters import GRANTERS
from mall.settings import SETTINGS
from mall.users.erasing import ERASERS


def install(mall: Mall) -> None:
    """Declare the check-in."""
    mall.add(SETTINGS, *OWN)
    mall.blueprints(routes.blp, admin.blp)
    mall.permissions({"checkin:read": "查看签到方案与记录", "checkin:write": "管理签到方案"})
    mall.jobs(jobs)
    mall.add(GRANTERS, MakeUpCardGranter())
    mall.add(KINDS, CHECK_IN_REMINDER)
    mall.add(ERASERS, CHECK_INS)
    mall.add(CAMPAIGN_SOURCES, CHECK_IN_PLANS)
    mall.invariants(*INVARIANTS)
