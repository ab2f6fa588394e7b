"""What orders may refuse."""

from __future__ import annotations

from mall.kernel.errors import Conflict, MallError, NotFound, ValidationFailed
from mall.kernel.money import yuan
from mall.pricing.quote import Obstacle


class OrderNotFound(NotFound):
    """No such order, or another shopper's."""

    code = "order_not_found"
    message = "订单不存在"


class PriceChanged(Conflict):
    """The total isn't the one that the shopper was shown; the message tells the new one."""

    code = "price_changed"
    message = "价格有变化，请确认后重新提交"

    def __init__(self, payable_fen: int) -> None:
        self.payable_fen = payable_fen
        super().__init__(
            f"价格有变化，最新应付 {yuan(payable_fen)} 元，请确认后重新提交",
            param="expected_payable_fen",
        )


class NothingToPay(Conflict):
    """An order must cost something: a price of zero is a mistake, not a gift."""

    code = "nothing_to_pay"
    message = "订单金额有误，暂时无法下单"


class AmountTooLarge(Conflict):
    code = "amount_too_large"
    message = "订单金额过大，请分开下单"


class NotOrderable(Conflict):
    """A line can't be ordered like this, for example sent there; the quote has told why.

    Its code is the obstacle's. Whoever makes an obstacle names it in a subclass.
    """

    def __init__(self, obstacle: Obstacle) -> None:
        self.code = obstacle.code
        super().__init__(obstacle.message)


class AddressMissing(ValidationFailed):
    """This kind of order is sent somewhere."""

    message = "请选择收货地址"


class OrderOnHold(Conflict):
    """A paid order waits for something; the message says for what."""

    code = "order_on_hold"
    message = "订单暂缓发货"

    def __init__(self, label: str) -> None:
        super().__init__(f"订单暂缓发货：{label}")


class NothingIsShipped(Conflict):
    """An order of this kind is delivered by its feature, not in parcels."""

    code = "nothing_is_shipped"
    message = "该订单无需发货"


class CartEmpty(Conflict):
    code = "cart_empty"
    message = "购物车是空的"


class OrderStateConflict(Conflict):
    """The order isn't in a state for this."""

    code = "order_state"
    message = "订单当前状态无法执行该操作"


class RefundNotPossible(MallError):
    """More than was paid, or more than is left of a line or of the freight."""

    status = 409
    type = "conflict"
    code = "refund_not_possible"
    message = "退款超过可退的数量或金额"


class UnitsNotShippable(Conflict):
    """More than a line still has to send (sent and refunded units are gone), or not its line."""

    code = "units_not_shippable"
    message = "发货数量超过可发数量"


class UnitsNotReturnable(Conflict):
    """More than was sent and isn't back yet, or not its line."""

    code = "units_not_returnable"
    message = "退回数量超过已发出的数量"


class PriceBeyondQuote(MallError):
    """Staff may make an order cheaper than its quote, never dearer."""

    status = 422
    code = "price_beyond_quote"
    message = "改价不能高于下单时的金额"


class PriceBelowOneFen(MallError):
    """An order costs something, whatever staff take off."""

    status = 422
    code = "price_below_one_fen"
    message = "改价后应付金额至少为 0.01 元"


class NoSuchLine(MallError):
    """The order has no such line."""

    status = 422
    code = "order_line_unknown"
    message = "订单中没有该商品行"
