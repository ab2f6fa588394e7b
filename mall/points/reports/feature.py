"""Reports of points."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.points.reports import admin, jobs
from mall.points.reports.invariants import INVARIANTS


def install(mall: Mall) -> None:
    """Declare the reports."""
    mall.permissions({"points:report": "查看积分报表"})
    mall.blueprints(admin.blp)
    mall.jobs(jobs)
    mall.invariants(*INVARIANTS)
