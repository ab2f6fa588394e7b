"""What the rules of earning may refuse."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound


class EarningPlanChanged(Conflict):
    """Somebody else has made a newer plan than the one that was seen."""

    code = "points_earning_plan_changed"
    message = "积分规则已被他人修改，请刷新后重试"


class EarningPlanNotFound(NotFound):
    code = "points_earning_plan_not_found"
    message = "没有这个版本的积分规则"
