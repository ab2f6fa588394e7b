"""Points by hand."""

from __future__ import annotations

from mall.approvals.kinds import APPROVAL_KINDS
from mall.kernel.features import Mall
from mall.points.adjustments import admin
from mall.points.adjustments.adjusting import ADJUSTMENTS, APPROVAL
from mall.points.adjustments.allowance import BY_HAND


def install(mall: Mall) -> None:
    """Declare adjustments by hand."""
    mall.blueprints(admin.blp)
    mall.add(APPROVAL_KINDS, APPROVAL)
    mall.add(BY_HAND, ADJUSTMENTS)
