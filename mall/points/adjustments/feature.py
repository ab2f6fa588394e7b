"""Points by hand."""

from __future__ import annotations

from mall.approvals.kinds import APPROVAL_KINDS, CARRYING_OUT
from mall.kernel.features import Mall
from mall.points.adjustments import admin
from mall.points.adjustments.adjusting import ADJUSTMENTS, APPROVAL
from mall.points.adjustments.allowance import BY_HAND


def install(mall: Mall) -> None:
    """Declare adjustments by hand."""
    mall.blueprints(admin.blp)
    mall.add(APPROVAL_KINDS, APPROVAL)
    mall.fails(CARRYING_OUT, "points_account_closed", "points_short")
    mall.add(BY_HAND, ADJUSTMENTS)
