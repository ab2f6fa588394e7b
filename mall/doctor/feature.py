"""The doctor: asks what must hold, shows what needs somebody."""

from __future__ import annotations

from mall.doctor import admin, jobs, metrics
from mall.doctor.cli import doctor
from mall.kernel.features import Mall


def install(mall: Mall) -> None:
    """Declare the checks of all invariants that the features declare."""
    mall.blueprints(admin.blp)
    mall.permissions({"system:read": "查看系统状况与待处理事项"})
    mall.jobs(jobs)
    mall.metrics(metrics)
    mall.commands(doctor)
