"""Browsing."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.missions.browsing import admin, jobs, metrics, routes
from mall.missions.browsing.closed_accounts import VIEWS
from mall.missions.browsing.invariants import INVARIANTS
from mall.missions.browsing.settings import SETTINGS as OWN
from mall.missions.browsing.tokens import init_view_tokens
from mall.settings import SETTINGS
from mall.users.erasing import ERASERS


def install(mall: Mall) -> None:
    """Declare browsing."""
    mall.add(SETTINGS, *OWN)
    mall.setup(init_view_tokens)
    mall.blueprints(routes.blp, admin.blp)
    mall.permissions({"browsing:read": "查看顾客的浏览记录"})
    mall.jobs(jobs)
    mall.metrics(metrics)
    mall.add(ERASERS, VIEWS)
    mall.invariants(*INVARIANTS)
