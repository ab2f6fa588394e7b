"""What promotions may refuse."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound, ValidationFailed


class PromotionNotFound(NotFound):
    code = "promotion_not_found"
    message = "促销活动不存在"


class PromotionStarted(Conflict):
    """Its terms stand: from now on it can only be paused and ended."""

    code = "promotion_started"
    message = "活动已开始，只能暂停或结束"


class PromotionOver(Conflict):
    code = "promotion_over"
    message = "活动已结束"


class PromotionStartsTooLate(ValidationFailed):
    """It would be over before it starts."""

    code = "promotion_times"
    message = "活动结束时间须晚于开始时间和当前时间"


class PromotionBudgetSpent(Conflict):
    """Staff can't let it go on: nothing is left of its budget."""

    code = "promotion_budget_spent"
    message = "活动预算已用完"


class PromotionNotStarted(Conflict):
    """It can't be ended, only deleted."""

    code = "promotion_not_started"
    message = "活动尚未开始，请直接删除"


class PromotionHasNoGift(Conflict):
    code = "promotion_has_no_gift"
    message = "该活动没有赠品"


class GiftsGiven(Conflict):
    """Orders hold more of the gift than staff would leave to it."""

    code = "gifts_given"
    message = "赠品数量不能少于已赠出的件数"


class PromotionGone(Conflict):
    """Between the quote and the order it ended, or its last place went to somebody else."""

    code = "promotion_gone"
    message = "优惠活动已结束或名额已用完，请重新结算"
