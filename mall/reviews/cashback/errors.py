"""What is refused of cash for likes."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound, ValidationFailed


class CashbackCampaignNotFound(NotFound):
    code = "cashback_campaign_not_found"
    message = "晒单返现活动不存在"


class CashbackShowNotFound(NotFound):
    """There is none, or its review isn't shown now."""

    code = "cashback_show_not_found"
    message = "晒单不存在或已下架"


class CashbackRuleUnfit(ValidationFailed):
    """The reward rule must give one fixed amount of cash, within a budget in fen."""

    code = "cashback_rule_unfit"
    message = "奖励规则须只含一份固定金额的现金，且设有以分计的预算"


class CashbackChanged(Conflict):
    """Somebody else saved it since it was read."""

    code = "cashback_changed"
    message = "活动已被他人修改，请刷新后再试"


class CashbackNotOpen(Conflict):
    """The shop has it switched off, or the campaign isn't running."""

    code = "cashback_not_open"
    message = "晒单返现活动未开放"


class CashbackTaken(Conflict):
    """One show a campaign for each writer, and one for each review."""

    code = "cashback_taken"
    message = "您已参加过该活动，或该评价已晒过单"


class CashbackReviewUnfit(Conflict):
    """Only an approved review with enough pictures, of goods that were bought and kept."""

    code = "cashback_review_unfit"
    message = "仅限审核通过、图片足够且订单未退款的评价"


class CashbackNotOpened(Conflict):
    """A like counts only of who opened the show by the writer's own share."""

    code = "cashback_not_opened"
    message = "请先通过好友的分享打开晒单"


class CashbackOwnLike(Conflict):
    """The writer's own like, under this account or another one of theirs."""

    code = "cashback_own_like"
    message = "不能给自己的晒单点赞"


class CashbackDeviceUsed(Conflict):
    """The device is the writer's, or somebody liked from it before."""

    code = "cashback_device_used"
    message = "该设备已参与过，不能再次点赞"


class CashbackOver(Conflict):
    """Enough likes, or the time is over."""

    code = "cashback_over"
    message = "该晒单已结束，感谢支持"


class CashbackNotWaiting(Conflict):
    """Only what has its likes and wasn't given or decided can be decided."""

    code = "cashback_not_waiting"
    message = "该晒单不在待处理状态"
