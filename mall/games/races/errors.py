"""What team races may refuse."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound, ValidationFailed


class RaceNotFound(NotFound):
    """No such race, or one that isn't published."""

    code = "race_not_found"
    message = "团队赛不存在"


class RaceTeamNotFound(NotFound):
    code = "race_team_not_found"
    message = "队伍不存在"


class RaceCodeInvalid(NotFound):
    """No team of this race has such a code, or everybody has left it."""

    code = "race_code_invalid"
    message = "邀请码无效"


class RaceNotInTeam(NotFound):
    code = "race_not_in_team"
    message = "您还没有加入队伍"


class RaceChanged(Conflict):
    """Somebody else saved the race since it was read."""

    code = "race_changed"
    message = "团队赛已被他人修改，请刷新后再试"


class RacePublished(Conflict):
    """What is published stays as it is."""

    code = "race_published"
    message = "团队赛已公布，规则不能再修改"


class RaceNotPublished(Conflict):
    code = "race_not_published"
    message = "团队赛尚未公布"


class RaceOver(Conflict):
    code = "race_over"
    message = "团队赛已结束"


class RaceLimit(Conflict):
    """So many may be published and not over at once: each fact looks at all of them."""

    code = "race_limit"
    message = "进行中与未开始的团队赛数量已达上限"


class RaceTimesInvalid(ValidationFailed):
    code = "race_times_invalid"
    message = "开始时间须晚于当前时间，组队截止不得早于当前时间或晚于结束时间，最长一年"


class RaceRuleUnknown(ValidationFailed):
    code = "race_rule_unknown"
    message = "奖品引用的奖励规则不存在或已停用"


class RaceRuleBounded(ValidationFailed):
    """A prize that was promised is given: nothing but the ranks bounds it."""

    code = "race_rule_bounded"
    message = "奖品引用的奖励规则不能设置预算或每日上限，奖品数量由名次决定"


class RaceMissionUnknown(ValidationFailed):
    """No such mission, or one that counts what other people do."""

    code = "race_mission_unknown"
    message = "计分任务不存在，或属于分享、关注、邀请类任务"


class RaceJoiningOver(Conflict):
    code = "race_joining_over"
    message = "组队时间已截止"


class RacePaused(Conflict):
    code = "race_paused"
    message = "组队已暂停，请稍后再来"


class RaceHasTeam(Conflict):
    """A shopper is in one team of a race at a time."""

    code = "race_has_team"
    message = "您已在队伍中，先退出才能加入其他队伍"


class RaceTeamFull(Conflict):
    code = "race_team_full"
    message = "队伍已满员"


class RaceNoOpenTeam(Conflict):
    """No team that takes strangers has a seat left."""

    code = "race_no_open_team"
    message = "暂无可匹配的队伍，可以自己创建一支"


class RaceTeamNameTaken(Conflict):
    code = "race_team_name_taken"
    message = "该队名已被使用，请换一个"


class RaceTeamNameRefused(ValidationFailed):
    """WeChat's content check doesn't pass the name."""

    code = "race_team_name_refused"
    message = "队名未通过内容安全检查，请换一个"
