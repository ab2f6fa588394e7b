"""What communities may refuse."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound, ValidationFailed


class HiddenCouponNotFound(NotFound):
    code = "hidden_coupon_not_found"
    message = "隐藏券不存在"


class PhraseUnknown(NotFound):
    """No such phrase, or none that is valid now: who guesses learns nothing."""

    code = "hidden_coupon_phrase_unknown"
    message = "口令无效或不在有效期内"


class HiddenCouponPublished(Conflict):
    code = "hidden_coupon_published"
    message = "隐藏券已公布，不能再修改"


class HiddenCouponNotPublished(Conflict):
    code = "hidden_coupon_not_published"
    message = "隐藏券尚未公布"


class HiddenCouponChanged(Conflict):
    """Somebody else saved it meanwhile."""

    code = "hidden_coupon_changed"
    message = "隐藏券已被他人修改，请刷新后重试"


class HiddenCouponOver(Conflict):
    """Revoked, or its time is over."""

    code = "hidden_coupon_over"
    message = "隐藏券已作废或已过期"


class HiddenCouponPaused(Conflict):
    code = "hidden_coupon_paused"
    message = "活动暂停中，请稍后再试"


class HiddenCouponUsedUp(Conflict):
    code = "hidden_coupon_used_up"
    message = "来晚了，隐藏券已被领完"


class PhraseTaken(Conflict):
    """Another hidden coupon has this phrase."""

    code = "hidden_coupon_phrase_taken"
    message = "口令已被其他隐藏券使用，请换一个"


class CommunityNotFound(NotFound):
    """No such community, or one that the shopper isn't in."""

    code = "community_not_found"
    message = "社群不存在"


class CommunityCodeUnknown(NotFound):
    code = "community_code_unknown"
    message = "社群码无效"


class CommunityMissionNotFound(NotFound):
    code = "community_mission_not_found"
    message = "社群任务不存在"


class CommunityMissionPublished(Conflict):
    code = "community_mission_published"
    message = "社群任务已公布，不能再修改"


class CommunityMissionNotPublished(Conflict):
    code = "community_mission_not_published"
    message = "社群任务尚未公布"


class CommunityMissionChanged(Conflict):
    """Somebody else saved it meanwhile."""

    code = "community_mission_changed"
    message = "社群任务已被他人修改，请刷新后重试"


class CommunityMissionOver(Conflict):
    """Reached, ended, or its time is over."""

    code = "community_mission_over"
    message = "社群任务已结束"


class CommunityTimesInvalid(ValidationFailed):
    code = "community_times_invalid"
    message = "结束时间须晚于开始时间和当前时间"


class CommunityRuleUnknown(ValidationFailed):
    code = "community_rule_unknown"
    message = "奖励规则不存在或已停用"


class CommunityRuleBounded(ValidationFailed):
    """Nobody can know how many take part: a mission that is reached is rewarded."""

    code = "community_rule_bounded"
    message = "社群任务的奖励规则不能设置预算或每日上限"
