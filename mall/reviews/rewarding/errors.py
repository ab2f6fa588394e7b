"""Refusals of rewards for reviews."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound, ValidationFailed


class ReviewRewardNotFound(NotFound):
    code = "review_reward_not_found"
    message = "评价奖励不存在"


class ReviewRewardChanged(Conflict):
    """Somebody else saved it since it was read."""

    code = "review_reward_changed"
    message = "评价奖励已被他人修改，请刷新后再试"


class ReviewRewardTaken(Conflict):
    """One of each kind pays at a time."""

    code = "review_reward_taken"
    message = "同类评价奖励已有一项启用，请先停用"


class ReviewRewardRuleUnknown(ValidationFailed):
    code = "review_reward_rule_unknown"
    message = "奖励规则不存在"


class ReviewRewardNotByCount(ValidationFailed):
    code = "review_reward_not_by_count"
    message = "只有晒图奖励可以按张数发放"
