"""What pets may refuse."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound, ValidationFailed


class PetSeasonNotFound(NotFound):
    """No such season, or one that isn't published."""

    code = "pet_season_not_found"
    message = "养成活动不存在"


class PetNotFound(NotFound):
    """The shopper has no pet in this season."""

    code = "pet_not_found"
    message = "还没有领养"


class PetStageNotFound(NotFound):
    """The pet never reached such a stage."""

    code = "pet_stage_not_found"
    message = "阶段奖励记录不存在"


class PetSeasonChanged(Conflict):
    """Somebody else saved the season since it was read."""

    code = "pet_season_changed"
    message = "养成活动已被他人修改，请刷新后再试"


class PetSeasonPublished(Conflict):
    """A published season is no draft any more."""

    code = "pet_season_published"
    message = "养成活动已公布，不能再作为草稿修改"


class PetSeasonNotPublished(Conflict):
    code = "pet_season_not_published"
    message = "养成活动尚未公布"


class PetRulesInvalid(ValidationFailed):
    """Rules that don't fit together; the message says what is wrong."""

    code = "pet_rules_invalid"
    message = "养成规则设置有误"


class PetTimesInvalid(ValidationFailed):
    code = "pet_times_invalid"
    message = "开始时间须晚于当前时间，结束时间须晚于开始时间"


class PetRuleUnknown(ValidationFailed):
    code = "pet_rule_unknown"
    message = "阶段引用的奖励规则不存在或已停用"


class PetRuleBounded(ValidationFailed):
    """A stage that is reached is rewarded: nothing but the season's places bounds it."""

    code = "pet_rule_bounded"
    message = "阶段引用的奖励规则不能设置预算或每日上限，请在活动中设置名额"


class PetRewardIsFeed(ValidationFailed):
    code = "pet_reward_is_feed"
    message = "饲料不能作为阶段奖励"


class PetRulesNotInFavour(Conflict):
    """Published rules change only in the shoppers' favour; the message names each objection."""

    code = "pet_rules_not_in_favour"
    message = "公布后的养成规则只能作有利于用户的修改"


class PetSeasonNotStarted(Conflict):
    code = "pet_season_not_started"
    message = "养成活动尚未开始"


class PetSeasonPaused(Conflict):
    code = "pet_season_paused"
    message = "养成活动已暂停，请稍后再来"


class PetSeasonOver(Conflict):
    code = "pet_season_over"
    message = "养成活动已结束"


class PetSeasonFull(Conflict):
    """Every place is taken."""

    code = "pet_season_full"
    message = "领养名额已满"


class PetNameRefused(ValidationFailed):
    """WeChat's content check didn't pass the name."""

    code = "pet_name_refused"
    message = "该名字未通过内容安全检测，请换一个"


class PetNoFeed(Conflict):
    code = "pet_no_feed"
    message = "饲料不足"


class PetFedEnough(Conflict):
    """The owner has fed what a day allows, or would with so many portions."""

    code = "pet_fed_enough"
    message = "超过今日喂养上限，明天再来吧"


class PetWateredToday(Conflict):
    code = "pet_watered_today"
    message = "今天已经照料过了，明天再来吧"


class PetWateredEnough(Conflict):
    """Friends have watered as often as a day allows."""

    code = "pet_watered_enough"
    message = "该好友今天收到的浇水已达上限"


class PetOwn(Conflict):
    """A friend is somebody else, not the owner by another account."""

    code = "pet_own"
    message = "不能作为好友给自己的宠物浇水"


class PetNotOpened(Conflict):
    """A friend is who opened the page that the owner shared."""

    code = "pet_not_opened"
    message = "请先打开好友分享的页面"


class PetNoHelp(Conflict):
    """In this season friends don't water."""

    code = "pet_no_help"
    message = "本活动不支持好友浇水"


class PetRewardNotRefused(Conflict):
    """Only a reward that could not be given is given anew."""

    code = "pet_reward_not_refused"
    message = "只有发放失败的阶段奖励可以重新发放"
