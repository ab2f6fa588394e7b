"""Approvals. Features declare what can be asked for (`APPROVAL_KINDS`)."""

from __future__ import annotations

from mall.approvals import admin, jobs
from mall.approvals.attention import WAITING_APPROVALS
from mall.approvals.invariants import INVARIANTS
from mall.approvals.queries import READ
from mall.approvals.settings import EXPIRE_DAYS
from mall.kernel.features import Mall
from mall.settings import SETTINGS


def install(mall: Mall) -> None:
    """Declare approvals."""
    mall.add(SETTINGS, EXPIRE_DAYS)
    mall.blueprints(admin.blp)
    mall.permissions({READ: "查看审批"})
    mall.jobs(jobs)
    mall.invariants(*INVARIANTS)
    mall.attention(WAITING_APPROVALS)
