"""The material library."""

from __future__ import annotations

from mall.compliance.running import CAMPAIGN_SOURCES
from mall.kernel.features import Mall
from mall.referral.materials import admin, routes
from mall.referral.materials.closed_accounts import DOWNLOADS
from mall.referral.materials.demo import load_demo_materials
from mall.referral.materials.describing import MATERIALS
from mall.referral.materials.invariants import INVARIANTS
from mall.users.erasing import ERASERS


def install(mall: Mall) -> None:
    """Declare materials."""
    mall.blueprints(routes.blp, admin.blp)
    mall.permissions({"material:read": "查看素材库与下载次数", "material:write": "管理素材库"})
    mall.add(CAMPAIGN_SOURCES, MATERIALS)
    mall.add(ERASERS, DOWNLOADS)
    mall.invariants(*INVARIANTS)
    mall.demo("materials", load_demo_materials)
