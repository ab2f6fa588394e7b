"""What coupons may refuse."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound, ValidationFailed


class TemplateNotFound(NotFound):
    """No such template, or none that shoppers may see."""

    code = "coupon_template_not_found"
    message = "优惠券活动不存在"


class CouponNotFound(NotFound):
    """No such coupon, or another shopper's."""

    code = "coupon_not_found"
    message = "优惠券不存在"


class BatchNotFound(NotFound):
    code = "coupon_batch_not_found"
    message = "券码批次不存在"


class ClaimNotOpen(Conflict):
    """Paused, before its time, or after it."""

    code = "coupon_claim_not_open"
    message = "当前不在领取时间内"


class AllClaimed(Conflict):
    code = "coupon_all_claimed"
    message = "来晚了，优惠券已被领完"


class ClaimLimitReached(Conflict):
    """The shopper has as many of the template as one may."""

    code = "coupon_claim_limit"
    message = "您已达到该优惠券的领取上限"


class CodeUnknown(NotFound):
    code = "coupon_code_unknown"
    message = "兑换码无效"


class CodeUsed(Conflict):
    code = "coupon_code_used"
    message = "兑换码已被使用"


class CouponNotUsable(Conflict):
    """Used, held by another order, expired, taken back, or not yet valid."""

    code = "coupon_not_usable"
    message = "优惠券已使用、已过期或未到使用时间"


class ChoiceInvalid(ValidationFailed):
    """Neither "best", nor "none", nor the ids of a goods and a freight coupon."""

    code = "coupon_choice_invalid"
    message = "请选择一张商品券，或再加一张运费券"

    def __init__(self) -> None:
        super().__init__(param="choices")


class TemplateInUse(Conflict):
    """What was claimed can't be changed under the shopper's hands."""

    code = "coupon_template_in_use"
    message = "已有用户领取，面额、范围、门槛和有效期不能再修改"


class LimitTooSmall(Conflict):
    code = "coupon_limit_too_small"
    message = "发行量不能少于已领取的数量"


class NotByCode(Conflict):
    code = "coupon_not_by_code"
    message = "该优惠券不通过兑换码发放"
