"""What leaderboards of invites may refuse."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound, ValidationFailed


class LeaderboardNotFound(NotFound):
    code = "leaderboard_not_found"
    message = "邀新榜不存在"


class LeaderboardPeriodNotFound(NotFound):
    """It hasn't begun, or the leaderboard never had it."""

    code = "leaderboard_period_not_found"
    message = "该期邀新榜不存在或尚未开始"


class LeaderboardStarted(Conflict):
    """What shoppers have read stays; it may only be stopped."""

    code = "leaderboard_started"
    message = "邀新榜已开始或即将开始，条款不能再修改，只能提前结束"


class LeaderboardStopped(Conflict):
    code = "leaderboard_stopped"
    message = "邀新榜已提前结束"


class LeaderboardChanged(Conflict):
    """Somebody else saved it since it was read."""

    code = "leaderboard_changed"
    message = "邀新榜已被他人修改，请刷新后再试"


class LeaderboardLimit(Conflict):
    """So many may run or wait at once: each invite looks at all of them."""

    code = "leaderboard_limit"
    message = "进行中与未开始的邀新榜数量已达上限"


class LeaderboardTimesInvalid(ValidationFailed):
    code = "leaderboard_times_invalid"
    message = "开始时间不能早于当前时间，结束时间须晚于开始时间，且最长一年"


class LeaderboardRuleUnknown(ValidationFailed):
    code = "leaderboard_rule_unknown"
    message = "奖品引用的奖励规则不存在"
