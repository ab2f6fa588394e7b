"""Refusals of refunds, as staff see them."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound


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


class RefundNotCancellable(Conflict):
    """WeChat may have carried it out, or it returns a payment that paid for nothing."""

    code = "refund_not_cancellable"
    message = "该退款无法撤销"
