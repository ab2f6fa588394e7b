"""Refusals of refunds, as staff see them."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound
from mall.kernel.money import yuan


class OrderNotRefundable(Conflict):
    code = "order_not_refundable"
    message = "订单没有可退的支付"


class RefundNotFound(NotFound):
    code = "refund_not_found"
    message = "退款单不存在"


class RefundNotRetryable(Conflict):
    """It is done, or was cancelled."""

    code = "refund_not_retryable"
    message = "退款已完成或已撤销，无需重试"


class RefundFundsFixed(Conflict):
    """Only what WeChat refused for lack of money, or closed, may come out of another account."""

    code = "refund_funds_fixed"
    message = "只有因余额不足未退成、或已被微信关闭的退款，才能改用可用余额"


class RefundNotCancellable(Conflict):
    """WeChat may have carried it out, or it returns a payment that paid for nothing."""

    code = "refund_not_cancellable"
    message = "该退款无法撤销"


class RefundNotBookable(Conflict):
    """It is of no order of ours, isn't a refund, or WeChat neither made nor makes one."""

    code = "refund_not_bookable"
    message = "这条支付异常不能补记为退款：不属于本店订单，或微信没有这笔退款"


class BookedAmountDiffers(Conflict):
    """What staff say that was given back isn't what WeChat gave back; the message tells it."""

    code = "booked_amount_differs"
    message = "补记金额须等于微信实际退款"

    def __init__(self, refund_fen: int) -> None:
        super().__init__(f"补记金额须等于微信实际退款 {yuan(refund_fen)} 元", param="lines")
