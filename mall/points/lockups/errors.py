"""What lock-ups may refuse."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound, ValidationFailed


class LockupOfferNotFound(NotFound):
    code = "lockup_offer_not_found"
    message = "积分锁定活动不存在"


class LockupOfferClosed(Conflict):
    """It hasn't opened, is over, or staff paused it."""

    code = "lockup_offer_closed"
    message = "该活动当前不可参加"


class LockupOfferOpened(Conflict):
    """Terms stand once the offer has opened: it can be paused, and its budget changed."""

    code = "lockup_offer_opened"
    message = "活动已开始，只能暂停或调整预算"


class LockupOfferOver(ValidationFailed):
    code = "lockup_offer_over"
    message = "结束时间须晚于现在和开始时间"


class LockupAmount(ValidationFailed):
    """Fewer points than the offer asks for, or more than it allows."""

    code = "lockup_amount"
    message = "锁定积分数量不符合活动要求"


class LockupBudgetSpent(Conflict):
    """What is left of the budget is less than this lock would gain."""

    code = "lockup_budget_spent"
    message = "活动奖励积分不足，请减少锁定数量"


class LockupBudgetPromised(Conflict):
    """The budget can't fall below what was promised and paid."""

    code = "lockup_budget_promised"
    message = "预算不能低于已承诺和已发放的奖励积分"


class LockupLimit(Conflict):
    code = "lockup_limit"
    message = "已达到每人可参加次数"


class LockupNotFound(NotFound):
    code = "lockup_not_found"
    message = "锁定记录不存在"


class LockupEnded(Conflict):
    code = "lockup_ended"
    message = "该锁定已结束"


class LockupMatured(Conflict):
    """Its time has come: the gain will be there in some minutes."""

    code = "lockup_matured"
    message = "锁定已到期，积分和奖励即将到账"
