"""What the fund-flow bill's routes may refuse."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound


class FundFlowDayNotFound(NotFound):
    """No day, or one that was never compared."""

    code = "fund_flow_day_not_found"
    message = "没有这一天的资金对账"


class FundFlowFindingNotFound(NotFound):
    """Unknown, or of another day."""

    code = "fund_flow_finding_not_found"
    message = "没有这条差异"


class FundFlowFindingResolved(Conflict):
    """Somebody has resolved it."""

    code = "fund_flow_finding_resolved"
    message = "这条差异已处理"
