"""What after-sales may refuse."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound


class AfterSaleNotFound(NotFound):
    """No such after-sale, or another shopper's."""

    code = "after_sale_not_found"
    message = "售后单不存在"


class AfterSaleState(Conflict):
    """The after-sale isn't in a state for this (any more)."""

    code = "after_sale_state"
    message = "售后单当前状态无法执行该操作"


class AfterSaleTooLate(Conflict):
    """The order was completed too long ago."""

    code = "after_sale_too_late"
    message = "已超过可申请售后的期限"


class NotEnoughLeft(Conflict):
    """More units than the line has left, counting open after-sales and refunds."""

    code = "after_sale_quantity"
    message = "申请数量超过可售后的数量"


class NothingToRefund(Conflict):
    """Nothing was paid for these units, or it has gone back already."""

    code = "nothing_to_refund"
    message = "该商品没有可退的金额"


class NotReturnable(Conflict):
    """Orders of this kind aren't taken back."""

    code = "not_returnable"
    message = "该订单不支持退款"


class NothingToSendBack(Conflict):
    """What was delivered without a parcel (a service, a code) can't be sent back."""

    code = "nothing_to_send_back"
    message = "该订单没有需要寄回的商品，请申请仅退款"


class NotSentYet(Conflict):
    """What has not left the shop can't be sent back."""

    code = "not_sent_yet"
    message = "商品尚未全部发货，请申请仅退款"


class OfferTooHigh(Conflict):
    """An offer is at most what was paid for the units."""

    code = "offer_too_high"
    message = "协商金额不能超过商品实付金额"


class ReturnAddressMissing(Conflict):
    """Goods are to come back, and the shop has told no address."""

    code = "return_address_missing"
    message = "请先设置退货地址"


class WaitsForAfterSale(Conflict):
    """A refund of what hasn't left is asked for: staff answer it first, then they ship."""

    code = "order_in_after_sale"
    message = "订单有待处理的退款申请，请先处理后再发货"
