"""Refusals of this feature, as shoppers and staff see them."""

from __future__ import annotations

from mall.kernel.errors import Conflict, MallError, NotFound, Unavailable


class OrderNotPayable(Conflict):
    """It is paid, shipped, completed or closed."""

    code = "order_not_payable"
    message = "订单当前状态无法支付"


class OrderExpired(Conflict):
    code = "order_expired"
    message = "订单已超过支付时间"


class OrderIsClosing(Conflict):
    """The shopper cancelled, or time is up; WeChat is still to confirm it wasn't paid."""

    code = "order_closing"
    message = "订单正在取消，无法支付"


class OrderAlreadyPaid(Conflict):
    code = "order_already_paid"
    message = "订单已支付"


class OrderNotCancellable(Conflict):
    code = "order_not_cancellable"
    message = "订单当前状态无法取消"


class PaymentUnavailable(Unavailable):
    """WeChat can't be asked now, or its answer isn't known yet. Press again later."""

    code = "payment_unavailable"
    message = "微信支付暂时不可用，请稍后再试"


class PaymentRefused(MallError):
    """WeChat refuses this payment; pressing again won't help soon."""

    status = 502
    type = "wechat"
    code = "payment_refused"
    message = "微信支付拒绝了该笔支付，请联系商家"


class OrderNotRefundable(Conflict):
    code = "order_not_refundable"
    message = "订单没有可退的支付"


class RefundNotFound(NotFound):
    code = "refund_not_found"
    message = "退款单不存在"


class RefundNotRetryable(Conflict):
    """It is done, or was called off."""

    code = "refund_not_retryable"
    message = "退款已完成或已撤销，无需重试"


class RefundNotCancellable(Conflict):
    """WeChat may have carried it out, or it returns a payment that paid for nothing."""

    code = "refund_not_cancellable"
    message = "该退款无法撤销"


class ReconciliationNotFound(NotFound):
    code = "reconciliation_not_found"
    message = "该日尚未对账"


class ReconciliationDayOutOfRange(Conflict):
    """WeChat has no bill of that day yet (10:00 of the next day), or not any more."""

    code = "reconciliation_day_out_of_range"
    message = "该日账单尚未生成（次日10点后）或已超过三个月"


class FindingNotFound(NotFound):
    code = "finding_not_found"
    message = "对账差异不存在"


class FindingAlreadyResolved(Conflict):
    code = "finding_already_resolved"
    message = "该对账差异已处理"
