"""Points by sheets."""

from __future__ import annotations

from mall.approvals.kinds import APPROVAL_KINDS, CARRYING_OUT
from mall.kernel.features import Mall
from mall.points.adjustments.allowance import BY_HAND
from mall.points.sheets import admin, jobs
from mall.points.sheets.attention import UNFINISHED_SHEETS
from mall.points.sheets.invariants import INVARIANTS
from mall.points.sheets.starting import APPROVAL, SHEETS


def install(mall: Mall) -> None:
    """Declare sheets of points."""
    mall.blueprints(admin.blp)
    mall.jobs(jobs)
    mall.add(APPROVAL_KINDS, APPROVAL)
    mall.fails(CARRYING_OUT, "points_sheet_ended", "points_sheet_not_found")
    mall.add(BY_HAND, SHEETS)
    mall.invariants(*INVARIANTS)
    mall.attention(UNFINISHED_SHEETS)
