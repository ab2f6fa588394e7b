"""What channels may refuse."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound, Unavailable, ValidationFailed


class ChannelNotFound(NotFound):
    code = "channel_not_found"
    message = "渠道不存在"


class ChannelNamed(Conflict):
    """Another channel has this name."""

    code = "channel_named"
    message = "已有同名渠道"


class ChannelCouponInvalid(ValidationFailed):
    """No such coupon template, or one that isn't given by channels."""

    code = "channel_coupon_invalid"
    message = "优惠券不存在，或领取方式不是渠道领取"


class ChannelPointUnknown(ValidationFailed):
    code = "channel_point_unknown"
    message = "门店不存在"


class ChannelCodeUnavailable(Unavailable):
    """WeChat made no code or link; the log says why."""

    code = "channel_code_unavailable"
    message = "渠道码暂时无法生成，请稍后再试"
