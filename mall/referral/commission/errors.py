"""What commission may refuse."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound, ValidationFailed


class CommissionShort(Conflict):
    """The promoter has less available commission than is asked for."""

    code = "commission_short"
    message = "可提现佣金不足"


class CommissionPlanChanged(Conflict):
    """Somebody else has made newer rates than those that were seen."""

    code = "commission_plan_changed"
    message = "佣金比例已被他人修改，请刷新后重试"


class CommissionPlanNotFound(NotFound):
    code = "commission_plan_not_found"
    message = "没有这个版本的佣金比例"


class CommissionLevelUnknown(ValidationFailed):
    """A rate is for a level of promoters that doesn't exist."""

    code = "commission_level_unknown"
    message = "推广员等级不存在"


class CommissionLineNotFound(NotFound):
    code = "commission_line_not_found"
    message = "没有这条佣金记录"


class CommissionLineOver(Conflict):
    """Nothing of the line is left to be made void."""

    code = "commission_line_over"
    message = "这条佣金已失效或已全部扣回"
