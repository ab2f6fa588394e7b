"""What expanding red packets may refuse."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound, ValidationFailed


class PacketCampaignNotFound(NotFound):
    """No such campaign, or one that isn't published."""

    code = "packet_campaign_not_found"
    message = "红包活动不存在"


class PacketNotOpened(NotFound):
    """The shopper has no packet of the campaign."""

    code = "packet_not_opened"
    message = "您还没有领取该活动的红包"


class PacketNotStarted(Conflict):
    code = "packet_not_started"
    message = "红包活动还没有开始"


class PacketPaused(Conflict):
    code = "packet_paused"
    message = "红包活动已暂停，请稍后再来"


class PacketWarmUpOver(Conflict):
    """After the warm-up, or ended early."""

    code = "packet_warm_up_over"
    message = "红包领取时间已过"


class PacketsAllOpened(Conflict):
    """The budget is used up."""

    code = "packets_all_opened"
    message = "来晚了，红包已被领完"


class PacketCampaignChanged(Conflict):
    """Somebody else saved the campaign since it was read."""

    code = "packet_campaign_changed"
    message = "红包活动已被他人修改，请刷新后再试"


class PacketCampaignPublished(Conflict):
    """Published terms never change."""

    code = "packet_campaign_published"
    message = "红包活动已公布，规则不能再修改"


class PacketCampaignNotPublished(Conflict):
    code = "packet_campaign_not_published"
    message = "红包活动尚未公布"


class PacketCampaignOver(Conflict):
    """Its last sale day is over, or it was ended."""

    code = "packet_campaign_over"
    message = "红包活动已结束"


class PacketDaysInvalid(ValidationFailed):
    """The sale comes after the warm-up; a campaign is published on its first day at the latest."""

    code = "packet_days_invalid"
    message = "日期须依次为：预热开始、预热结束、促销开始、促销结束，且公布不得晚于预热首日"


class PacketValuesInvalid(ValidationFailed):
    """The message says what is wrong of the table or its budget."""

    code = "packet_values_invalid"
    message = "红包面额设置有误"
