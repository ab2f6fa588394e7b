"""What campaigns of lots may refuse."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound, ValidationFailed


class LotCampaignNotFound(NotFound):
    """No such campaign, or one that isn't published."""

    code = "lot_campaign_not_found"
    message = "晒单抽奖活动不存在"


class LotCampaignPublished(Conflict):
    code = "lot_campaign_published"
    message = "晒单抽奖活动已公布，不能再修改"


class LotCampaignNotPublished(Conflict):
    code = "lot_campaign_not_published"
    message = "晒单抽奖活动尚未公布"


class LotCampaignChanged(Conflict):
    """Somebody else saved the campaign since it was read."""

    code = "lot_campaign_changed"
    message = "晒单抽奖活动已被他人修改，请刷新后再试"


class LotCampaignOver(Conflict):
    """Its lots were drawn, or it was canceled."""

    code = "lot_campaign_over"
    message = "晒单抽奖活动已结束"


class LotCampaignClosed(Conflict):
    """Outside the time of entering."""

    code = "lot_campaign_closed"
    message = "不在晒单抽奖的参与时间内"


class LotCampaignPaused(Conflict):
    code = "lot_campaign_paused"
    message = "晒单抽奖暂停参与，请稍后再试"


class LotTimesInvalid(ValidationFailed):
    code = "lot_times_invalid"
    message = "时间有误：结束须晚于开始，开奖不早于结束，公布须早于开始"


class LotReviewNotFound(NotFound):
    code = "lot_review_not_found"
    message = "评价不存在"


class LotReviewUnfit(Conflict):
    """The review doesn't meet the published terms; the message says which."""

    code = "lot_review_unfit"
    message = "该评价不符合活动要求"


class LotEntered(Conflict):
    """The shopper takes part already, with another review."""

    code = "lot_entered"
    message = "您已参与本次晒单抽奖"


class LotEntryNotFound(NotFound):
    code = "lot_entry_not_found"
    message = "您尚未参与本次晒单抽奖"
