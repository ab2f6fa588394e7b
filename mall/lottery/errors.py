"""What lotteries may refuse."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound, ValidationFailed


class LotteryNotFound(NotFound):
    """No such lottery, or one that isn't published."""

    code = "lottery_not_found"
    message = "抽奖活动不存在"


class LotteryDrawNotFound(NotFound):
    code = "lottery_draw_not_found"
    message = "抽奖记录不存在"


class LotteryChanged(Conflict):
    """Somebody else saved the lottery since it was read."""

    code = "lottery_changed"
    message = "抽奖活动已被他人修改，请刷新后再试"


class LotteryPublished(Conflict):
    """A published lottery is no draft any more."""

    code = "lottery_published"
    message = "抽奖活动已公布，不能再作为草稿修改"


class LotteryNotPublished(Conflict):
    code = "lottery_not_published"
    message = "抽奖活动尚未公布"


class LotteryTableInvalid(ValidationFailed):
    """A table from which nobody can draw; the message says what is wrong."""

    code = "lottery_table_invalid"
    message = "奖品设置有误"


class LotteryRuleUnknown(ValidationFailed):
    code = "lottery_rule_unknown"
    message = "奖品引用的奖励规则不存在或已停用"


class LotteryRuleBounded(ValidationFailed):
    """A prize that was won is given: nothing but the lottery bounds it."""

    code = "lottery_rule_bounded"
    message = "奖品引用的奖励规则不能设置预算或每日上限，请在抽奖活动中设置"


class LotteryPrizeIsChance(ValidationFailed):
    code = "lottery_prize_is_chance"
    message = "抽奖机会不能作为奖品"


class LotteryNotPriced(ValidationFailed):
    """A budget, and a prize of which nobody can say what it costs."""

    code = "lottery_not_priced"
    message = "有奖品无法估算成本，不能设置预算"


class LotteryTimesInvalid(ValidationFailed):
    code = "lottery_times_invalid"
    message = "开始时间须晚于当前时间，结束时间须晚于开始时间"


class LotteryNotInFavour(Conflict):
    """Published terms change only in the consumer's favour; the message names each objection."""

    code = "lottery_not_in_favour"
    message = "公布后的抽奖规则只能作有利于消费者的修改"


class LotteryNotStarted(Conflict):
    code = "lottery_not_started"
    message = "抽奖尚未开始"


class LotteryPaused(Conflict):
    code = "lottery_paused"
    message = "抽奖已暂停，请稍后再来"


class LotteryOver(Conflict):
    code = "lottery_over"
    message = "抽奖已结束"


class LotteryDrawnOut(Conflict):
    """All tickets were drawn."""

    code = "lottery_drawn_out"
    message = "奖池已抽完"


class LotteryBudgetSpent(Conflict):
    """What is left of the budget wouldn't pay the dearest prize."""

    code = "lottery_budget_spent"
    message = "奖品预算已用完，抽奖结束"


class LotteryNoChance(Conflict):
    code = "lottery_no_chance"
    message = "没有可用的抽奖机会"


class LotteryDailyCap(Conflict):
    code = "lottery_daily_cap"
    message = "今日抽奖次数已用完"


class LotteryChanceNotSold(Conflict):
    code = "lottery_chance_not_sold"
    message = "该抽奖不支持用积分兑换机会"


class LotteryPriceChanged(Conflict):
    """The price isn't the one that the shopper saw."""

    code = "lottery_price_changed"
    message = "兑换所需积分已变化，请刷新后再试"


class LotteryPrizeNotRefused(Conflict):
    """Only a prize that could not be given is given anew."""

    code = "lottery_prize_not_refused"
    message = "只有发放失败的奖品可以重新发放"
