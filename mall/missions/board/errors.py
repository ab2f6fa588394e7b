"""What missions may refuse."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound, ValidationFailed


class MissionNotFound(NotFound):
    """No such mission, or one that isn't open to this shopper."""

    code = "mission_not_found"
    message = "任务不存在或未开放"


class MissionNotCompleted(Conflict):
    code = "mission_not_completed"
    message = "任务尚未完成"


class MissionChanged(Conflict):
    """Somebody else saved the mission since it was read."""

    code = "mission_changed"
    message = "任务已被他人修改，请刷新后再试"


class MissionFixed(Conflict):
    """What a mission counts, its period and whether it is hidden stay as they were made."""

    code = "mission_fixed"
    message = "任务的触发事件、周期与是否隐藏在创建后不能修改，请新建任务"


class MissionLimit(Conflict):
    """So many missions may be enabled at once: each event looks at all of them."""

    code = "mission_limit"
    message = "启用中的任务数量已达上限，请先停用其他任务"


class MissionTriggerUnknown(ValidationFailed):
    """A trigger that no feature has, or something that the trigger doesn't understand."""

    code = "mission_trigger_unknown"
    message = "触发事件不存在，或不支持所选的统计方式、筛选条件"


class MissionRuleUnknown(ValidationFailed):
    code = "mission_rule_unknown"
    message = "任务引用的奖励规则不存在"


class MissionFigureUnknown(ValidationFailed):
    code = "mission_figure_unknown"
    message = "适用人群引用的用户指标不存在"


class MissionChainInvalid(ValidationFailed):
    """The mission before this one isn't there, or waits for this one itself."""

    code = "mission_chain_invalid"
    message = "前置任务不存在，或与本任务互为前置"


class MissionTimesInvalid(ValidationFailed):
    code = "mission_times_invalid"
    message = "活动周期的任务须填写开始与结束时间，且结束时间须晚于开始时间与当前时间"


class MissionOutOfReach(ValidationFailed):
    """More days than each period of the kind has."""

    code = "mission_out_of_reach"
    message = "任务目标的天数超过周期的长度"


class MissionNotHidden(Conflict):
    code = "mission_not_hidden"
    message = "只有隐藏任务可以使用口令"


class MissionCodeNotFound(NotFound):
    code = "mission_code_not_found"
    message = "口令记录不存在"


class MissionCodeInvalid(NotFound):
    """Unknown, expired or revoked: a guesser isn't told which."""

    code = "mission_code_invalid"
    message = "口令无效或已过期"


class MissionCodeUsedUp(Conflict):
    code = "mission_code_used_up"
    message = "口令的名额已用完"


class MissionProgressNotFound(NotFound):
    code = "mission_progress_not_found"
    message = "任务进度不存在"
