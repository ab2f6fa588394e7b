"""Reports of referral."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.referral.reports import admin


def install(mall: Mall) -> None:
    """Declare the reports."""
    mall.blueprints(admin.blp)
    mall.permissions({"referral:report": "查看邀请链与传播报表"})
