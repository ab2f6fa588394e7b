"""What a channel's coupon may be refused for."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound


class ChannelWithoutCoupon(NotFound):
    """The share isn't a channel's, or its channel offers no coupon."""

    code = "channel_without_coupon"
    message = "该页面没有可领取的优惠券"


class ChannelNotOpen(Conflict):
    """Before the channel's time."""

    code = "channel_not_open"
    message = "活动尚未开始"


class NewShoppersOnly(Conflict):
    """The shopper has bought before, under this account or another."""

    code = "channel_new_shoppers_only"
    message = "该优惠券仅限新顾客领取"
