"""Channels that staff make."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.sharing.channels import admin
from mall.sharing.channels.invariants import INVARIANTS


def install(mall: Mall) -> None:
    """Declare channels."""
    mall.blueprints(admin.blp)
    mall.permissions({"channel:read": "查看推广渠道", "channel:write": "管理推广渠道和费用"})
    mall.invariants(*INVARIANTS)
