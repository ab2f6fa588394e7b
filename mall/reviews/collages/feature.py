"""Collages."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.reviews.collages import admin, jobs, routes
from mall.reviews.collages.content_kind import COLLAGE_KIND
from mall.reviews.collages.forgetting import COLLAGES
from mall.reviews.collages.invariants import INVARIANTS
from mall.reviews.collages.settings import SETTINGS as OWN
from mall.reviews.moderation.contents import CONTENT_KINDS
from mall.settings import SETTINGS
from mall.users.erasing import ERASERS


def install(mall: Mall) -> None:
    """Declare collages."""
    mall.add(SETTINGS, *OWN)
    mall.blueprints(routes.blp, admin.blp)
    mall.permissions({"collage:read": "查看拼图模板", "collage:write": "管理拼图模板"})
    mall.jobs(jobs)
    mall.add(CONTENT_KINDS, COLLAGE_KIND)
    mall.add(ERASERS, COLLAGES)
    mall.invariants(*INVARIANTS)
