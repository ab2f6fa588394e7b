"""What ladders may refuse."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound, ValidationFailed


class LadderNotFound(NotFound):
    code = "ladder_not_found"
    message = "邀新活动不存在"


class LadderGrantNotFound(NotFound):
    code = "ladder_grant_not_found"
    message = "邀新奖励记录不存在"


class LadderStarted(Conflict):
    """What a campaign that has started says stays; it may only be stopped."""

    code = "ladder_started"
    message = "活动已开始或即将开始，条款不能再修改，只能提前结束"


class LadderStopped(Conflict):
    code = "ladder_stopped"
    message = "活动已提前结束"


class LadderChanged(Conflict):
    """Somebody else saved the campaign since it was read."""

    code = "ladder_changed"
    message = "活动已被他人修改，请刷新后再试"


class LadderLimit(Conflict):
    """So many campaigns may run or wait at once: each invite looks at all of them."""

    code = "ladder_limit"
    message = "进行中与未开始的邀新活动数量已达上限"


class LadderTimesInvalid(ValidationFailed):
    code = "ladder_times_invalid"
    message = "开始时间不能早于当前时间，结束时间须晚于开始时间，且活动最长一年"


class LadderRuleUnknown(ValidationFailed):
    code = "ladder_rule_unknown"
    message = "活动引用的奖励规则不存在"
