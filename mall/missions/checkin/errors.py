"""What the check-in may refuse."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound, ValidationFailed


class CheckInClosed(Conflict):
    """The shop has no plan, or its owner has closed the check-in."""

    code = "check_in_closed"
    message = "签到活动暂未开放"


class CheckInPlanNotFound(NotFound):
    code = "check_in_plan_not_found"
    message = "签到方案不存在"


class CheckInPlanChanged(Conflict):
    """Somebody else saved a plan since this one was read."""

    code = "check_in_plan_changed"
    message = "签到方案已被他人修改，请刷新后再试"


class CheckInRuleUnknown(ValidationFailed):
    code = "check_in_rule_unknown"
    message = "签到奖励引用的奖励规则不存在"


class MakeUpTooFar(Conflict):
    """Only a day before today, within the days that the owner allows, can be made up."""

    code = "make_up_too_far"
    message = "该日期不在可补签的范围内"


class MakeUpNothingYet(Conflict):
    """Who has never checked in has no streak to mend."""

    code = "make_up_nothing_yet"
    message = "还没有签到记录，请先签到"


class MakeUpLimit(Conflict):
    code = "make_up_limit"
    message = "本月补签次数已用完"


class MakeUpNoCard(Conflict):
    code = "make_up_no_card"
    message = "没有可用的补签卡"


class MakeUpCardNotSold(Conflict):
    """The shop's owner sells no cards for points."""

    code = "make_up_card_not_sold"
    message = "补签卡暂不支持积分兑换"


class MakeUpCardPriceChanged(Conflict):
    """Another price is in force than the one that the shopper saw."""

    code = "make_up_card_price_changed"
    message = "兑换所需积分已变动，请刷新后再试"


class MakeUpCardLimit(Conflict):
    code = "make_up_card_limit"
    message = "本月兑换补签卡的次数已用完"


class CheckInReminderQuiet(Conflict):
    """The hour lies in the quiet hours, when no reminder goes out."""

    code = "check_in_reminder_quiet"
    message = "该时段不发送提醒，请选择其他时间"
