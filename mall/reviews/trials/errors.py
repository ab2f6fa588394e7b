"""What trials may refuse."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound, ValidationFailed


class TrialNotFound(NotFound):
    """No such trial, or none that this shopper may see."""

    code = "trial_not_found"
    message = "试用活动不存在"


class TrialApplicationNotFound(NotFound):
    """No such application, or another shopper's."""

    code = "trial_application_not_found"
    message = "试用申请不存在"


class TrialNotOpen(Conflict):
    """Outside of the days for applying, or closed."""

    code = "trial_not_open"
    message = "试用活动不在申请时间内"


class TrialClosed(Conflict):
    """It is over: nobody is picked any more and its terms stay."""

    code = "trial_closed"
    message = "试用活动已结束"


class TrialNotInvited(Conflict):
    """Only invited shoppers apply."""

    code = "trial_not_invited"
    message = "该试用仅限受邀用户申请"


class TrialNotAllowed(Conflict):
    """The shopper's figures don't reach what is asked."""

    code = "trial_not_allowed"
    message = "暂不符合该试用的申请条件"


class TrialBarred(Conflict):
    """A review of an earlier trial is overdue."""

    code = "trial_barred"
    message = "您有逾期未提交的试用评价，提交后即可再次申请"


class TrialApplied(Conflict):
    """One application a shopper and trial."""

    code = "trial_applied"
    message = "您已申请过该试用"


class TrialFull(Conflict):
    """Every unit has a shopper."""

    code = "trial_full"
    message = "试用名额已满"


class TrialStateConflict(Conflict):
    """The application isn't where this is done."""

    code = "trial_state_conflict"
    message = "试用申请的当前状态不支持该操作"


class TrialOfferOver(Conflict):
    """The time to accept has passed."""

    code = "trial_offer_over"
    message = "领取试用的时间已过"


class TrialFigureUnknown(ValidationFailed):
    code = "trial_figure_unknown"
    message = "没有这项用户指标"


class TrialUnitsTooFew(Conflict):
    """Fewer units than have a shopper."""

    code = "trial_units_too_few"
    message = "名额不能少于已选中的人数"


class TrialSkuFixed(Conflict):
    """The goods of a trial stay what they were."""

    code = "trial_sku_fixed"
    message = "试用商品创建后不能更换"


class TrialRecordThin(Conflict):
    """The record doesn't reach what the shop asks for an offer."""

    code = "trial_record_thin"
    message = "该用户的试用记录未达到推荐门槛"


class TrialReplaced(Conflict):
    """Somebody else saved it meanwhile."""

    code = "trial_changed"
    message = "试用活动已被他人修改，请刷新后重试"
