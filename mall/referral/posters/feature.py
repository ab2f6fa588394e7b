"""Posters."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.referral.posters import admin, jobs, routes
from mall.referral.posters.closed_accounts import POSTERS
from mall.referral.posters.invariants import INVARIANTS
from mall.referral.posters.settings import SETTINGS as OWN
from mall.settings import SETTINGS
from mall.users.erasing import ERASERS


def install(mall: Mall) -> None:
    """Declare posters."""
    mall.add(SETTINGS, *OWN)
    mall.blueprints(routes.blp, admin.blp)
    mall.permissions({"poster:read": "查看海报模板", "poster:write": "管理海报模板"})
    mall.jobs(jobs)
    mall.add(ERASERS, POSTERS)
    mall.invariants(*INVARIANTS)
