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
