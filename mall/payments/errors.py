"""Refusals of payments, as shoppers and staff see them."""

from __future__ import annotations

from mall.kernel.errors import Conflict, MallError, NotFound, Unavailable


class OrderNotPayable(Conflict):
    """It is paid, shipped, completed or closed."""

    code = "order_not_payable"
    message = "订单当前状态无法支付"


class OrderExpired(Conflict):
    code = "order_expired"
    message = "订单已超过支付时间"


class OrderAboutToClose(Conflict):
    """So little time is left that WeChat takes no new payment of it."""

    code = "order_about_to_close"
    message = "订单即将关闭，已来不及支付，请重新下单"


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


class OrderNotRepriceable(Conflict):
    code = "order_not_repriceable"
    message = "订单已关闭，无法改价"


class PaymentInDispute(Conflict):
    """WeChat says something about the order's money that contradicts our books."""

    code = "payment_in_dispute"
    message = "微信支付的记录与本店账目不符，请先在支付异常列表核实处理，再发货或退款"


class DiscrepancyNotFound(NotFound):
    code = "discrepancy_not_found"
    message = "支付异常不存在"


class DiscrepancyAlreadyResolved(Conflict):
    code = "discrepancy_already_resolved"
    message = "该支付异常已处理"


class PaymentUnderWay(Conflict):
    """The shopper is paying the old amount just now. Trying again later may help."""

    code = "payment_under_way"
    message = "买家正在付款，请稍后再试"


class PaymentUnavailable(Unavailable):
    """WeChat can't be asked now, or its answer isn't known yet. Trying again later may help."""

    code = "payment_unavailable"
    message = "微信支付暂时不可用，请稍后再试"


class PaymentRefused(MallError):
    """WeChat refuses this payment; trying again won't help soon."""

    status = 502
    type = "wechat"
    code = "payment_refused"
    message = "微信支付拒绝了该笔支付，请联系商家"
