"""What the counter may refuse."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound, NotPermitted, ValidationFailed


class CouponNotAtCounter(Conflict):
    """A coupon for on-line orders only."""

    code = "coupon_not_at_counter"
    message = "该优惠券不支持到店核销"


class CounterNotHere(NotPermitted):
    """Only staff who are bound to a point redeem coupons there."""

    code = "counter_not_here"
    message = "您未绑定该门店，不能在此核销"


class CounterPointUnknown(NotFound):
    code = "counter_point_unknown"
    message = "门店不存在"


class CounterPointClosed(Conflict):
    code = "counter_point_closed"
    message = "该门店已停用"


class CounterCodeUnknown(NotFound):
    """Nobody has such a code, or the shopper has drawn a newer one."""

    code = "counter_code_unknown"
    message = "核销码无效，请顾客刷新后重试"


class CounterCodeUsed(Conflict):
    code = "counter_code_used"
    message = "核销码已使用，请顾客刷新后重试"


class CounterCodeExpired(Conflict):
    code = "counter_code_expired"
    message = "核销码已过期，请顾客刷新后重试"


class CounterAmountInvalid(ValidationFailed):
    """An exchange coupon is redeemed without an amount, each other one with it."""

    code = "counter_amount_invalid"
    message = "兑换券不填金额，其他优惠券须填适用商品金额"


class CounterBelowThreshold(Conflict):
    """The goods cost less than the coupon asks for, or so little that nothing comes off."""

    code = "counter_below_threshold"
    message = "适用商品金额未达到优惠券的使用条件"


class RedemptionNotFound(NotFound):
    code = "redemption_not_found"
    message = "核销记录不存在"


class RedemptionUndone(Conflict):
    code = "redemption_undone"
    message = "该核销已撤销"


class RedemptionTooOld(Conflict):
    """Only a redemption of this shop day can be undone."""

    code = "redemption_too_old"
    message = "只能撤销当天的核销"
