"""Lessons for promoters."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.referral.lessons import admin, routes
from mall.referral.lessons.closed_accounts import LESSONS
from mall.referral.lessons.invariants import INVARIANTS
from mall.referral.lessons.settings import SETTINGS as OWN
from mall.settings import SETTINGS
from mall.users.erasing import ERASERS


def install(mall: Mall) -> None:
    """Declare lessons."""
    mall.add(SETTINGS, *OWN)
    mall.blueprints(routes.blp, admin.blp)
    mall.add(ERASERS, LESSONS)
    mall.invariants(*INVARIANTS)
