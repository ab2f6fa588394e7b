"""What rewards may refuse."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound, ValidationFailed


class RewardRuleNotFound(NotFound):
    code = "reward_rule_not_found"
    message = "奖励规则不存在"


class RewardGrantNotFound(NotFound):
    code = "reward_grant_not_found"
    message = "奖励记录不存在"


class RewardUnknown(ValidationFailed):
    """A kind that nobody gives, or something of a kind that there isn't."""

    code = "reward_unknown"
    message = "奖励内容不存在或不能作为奖励发放"


class RewardRulePaused(Conflict):
    code = "reward_rule_paused"
    message = "奖励规则已停用"


class RewardBudgetSpent(Conflict):
    """The rule has given as many rewards as it may."""

    code = "reward_budget_spent"
    message = "奖励已发完"


class RewardDailyCap(Conflict):
    """This shopper has had as many of the rule's rewards today as a day allows."""

    code = "reward_daily_cap"
    message = "该用户今日获得的奖励已达上限"


class RewardBudgetTooSmall(Conflict):
    """A budget below what was given already."""

    code = "reward_budget_too_small"
    message = "预算不能少于已发放的数量"


class RewardNotPriced(ValidationFailed):
    """A budget in fen, and a part of which nobody can say what it costs."""

    code = "reward_not_priced"
    message = "该奖励无法估算成本，不能使用按金额计算的预算"


class RewardUnitFixed(Conflict):
    """The unit of a budget is chosen once: what was counted in the one can't be in the other."""

    code = "reward_unit_fixed"
    message = "预算单位创建后不能修改"


class RewardNothingGiven(Conflict):
    """Of all the shoppers of an approved request none could be rewarded."""

    code = "reward_nothing_given"
    message = "没有用户可以获得该奖励，请检查规则、预算与上限"


class RewardNotRefused(Conflict):
    """Staff give by hand only what was due and could not be given."""

    code = "reward_not_refused"
    message = "只有发放失败的待发放奖励可以重新发放"
