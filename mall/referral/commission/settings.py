"""What a shop owner decides of commission."""

from __future__ import annotations

from mall.referral.commission.rates import MAX_LEVELS
from mall.settings import boolean, text, whole_number

PERMISSION = "commission:write"

LEVELS = whole_number(
    "referral.commission_levels",
    default=1,
    at_least=0,
    at_most=MAX_LEVELS,
    unit="级",
    label="佣金级数",
    help="0 不发佣金；1 只发给带来买家的推广员；2 再发给带来该推广员的人。"
    "三级及以上属于传销红线，不能设置；两级也可能被微信视为多级分销，请谨慎。",
    permission=PERMISSION,
)
SETTLE_DAYS = whole_number(
    "referral.commission_settle_days",
    default=3,
    at_least=0,
    at_most=90,
    unit="天",
    label="佣金结算等待天数",
    help="订单完成且售后期结束后，再过这么多天佣金到账；只影响之后结束售后期的订单。",
    permission=PERMISSION,
)
SELF_PURCHASE = boolean(
    "referral.commission_self_purchase",
    default=False,
    label="推广员自购有佣金",
    help="打开后，推广员自己下单也得一级佣金，带来他的人改得二级佣金。",
    permission=PERMISSION,
)
ORDER_KINDS_PAID = text(
    "referral.commission_order_kinds",
    default="",
    pattern=r"([a-z_]{1,30}(,[a-z_]{1,30}){0,19})?",
    at_most=400,
    label="有佣金的订单类型",
    help="订单类型的代码，用英文逗号分隔，例如 normal,groupbuy,flash；留空表示所有计入奖励的类型。",
    permission=PERMISSION,
)
SETTINGS = (LEVELS, SETTLE_DAYS, SELF_PURCHASE, ORDER_KINDS_PAID)


def levels() -> int:
    """How many levels are paid; never more than two."""
    return min(LEVELS.get(), MAX_LEVELS)


def pays_for(kind: str) -> bool:
    """Whether the shop pays commission for orders of this kind."""
    chosen = ORDER_KINDS_PAID.get()
    return not chosen or kind in chosen.split(",")
