"""What the points mall may refuse."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound, ValidationFailed


class ExchangeItemNotFound(NotFound):
    code = "exchange_item_not_found"
    message = "兑换商品不存在"


class ExchangeNotOpen(Conflict):
    """It isn't on offer now: not yet, not at this hour, switched off, or over."""

    code = "exchange_not_open"
    message = "当前不可兑换"


class ExchangeSoldOut(Conflict):
    code = "exchange_sold_out"
    message = "已兑完"


class ExchangeLimitReached(Conflict):
    """The shopper has had, in this period, as many as one may."""

    code = "exchange_limit_reached"
    message = "已达兑换上限"


class ExchangeNotAllowed(Conflict):
    """The shopper doesn't meet what the item requires."""

    code = "exchange_not_allowed"
    message = "未满足兑换条件"


class ExchangePriceChanged(Conflict):
    """It costs other points than the shopper was shown."""

    code = "exchange_price_changed"
    message = "兑换所需积分已变化，请刷新后重试"


class ExchangeOneAtATime(ValidationFailed):
    """A reward or a code is exchanged unit by unit."""

    code = "exchange_one_at_a_time"
    message = "该商品每次只能兑换一件"


class ExchangeItemEnded(Conflict):
    code = "exchange_item_ended"
    message = "该兑换商品已结束，不能再修改"


class ExchangeItemFixed(Conflict):
    """What an item is can't change once there are units of it."""

    code = "exchange_item_fixed"
    message = "已有库存或订单，类型与商品不能再修改"


class ExchangeStockTooSmall(Conflict):
    """Less than orders hold or bought."""

    code = "exchange_stock_too_small"
    message = "库存不能少于已兑换的数量"


class ExchangeStockIsCodes(Conflict):
    """The stock of such an item is its codes."""

    code = "exchange_stock_is_codes"
    message = "兑换码商品的库存由导入的兑换码决定"


class ExchangeRuleUnknown(ValidationFailed):
    """A reward rule that there isn't, or one that gives points."""

    code = "exchange_rule_unknown"
    message = "奖励规则不存在，或其奖励包含积分"


class ExchangeFigureUnknown(ValidationFailed):
    code = "exchange_figure_unknown"
    message = "没有这项用户数据"


class ExchangeCashTooHigh(ValidationFailed):
    """The cash part must be below the SKU's price."""

    code = "exchange_cash_too_high"
    message = "现金部分须低于商品售价"


class ExchangeNotDelivered(Conflict):
    code = "exchange_not_delivered"
    message = "兑换码尚未发放，请稍后再看"


class ExchangeCodeNotFound(NotFound):
    code = "exchange_code_not_found"
    message = "兑换码不存在"


class ExchangeCodesGone(Conflict):
    """No code is left that could be delivered."""

    code = "exchange_codes_gone"
    message = "没有可发放的兑换码"


class ExchangeCodeReplaced(Conflict):
    """A code is replaced once."""

    code = "exchange_code_replaced"
    message = "该订单的兑换码已更换过一次"


class ExchangeNoCodes(ValidationFailed):
    """The item isn't of codes."""

    code = "exchange_no_codes"
    message = "该商品不是兑换码商品"


class ExchangeBatchNotFound(NotFound):
    code = "exchange_batch_not_found"
    message = "兑换码批次不存在"
