"""Compliance: rules of law and platform that every campaign is asked about when staff save it."""

from __future__ import annotations

from mall.compliance import admin, jobs
from mall.kernel.features import Mall


def install(mall: Mall) -> None:
    """Declare compliance."""
    mall.blueprints(admin.blp)
    mall.permissions({"compliance:read": "查看活动合规审查"})
    mall.jobs(jobs)
