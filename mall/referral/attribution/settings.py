"""What a shop owner decides of attribution."""

from __future__ import annotations

from mall.referral.attribution.models import BINDING, FIRST_TOUCH, LAST_TOUCH
from mall.settings import choice, whole_number

RULE = choice(
    "referral.attribution_rule",
    default=LAST_TOUCH,
    choices={
        LAST_TOUCH: "最后一次打开的分享",
        FIRST_TOUCH: "最先打开的分享",
        BINDING: "固定归绑定的邀请人",
    },
    label="订单归因规则",
    help="顾客打开过多个分享时，订单归属于谁；没有打开过分享的订单归绑定的邀请人。"
    "修改只影响之后付款的订单。",
)
WINDOW_DAYS = whole_number(
    "referral.attribution_days",
    default=7,
    at_least=1,
    at_most=90,
    unit="天",
    label="打开分享后多少天内下单算作分享带来",
    help="以下单时间为准。",
)
SETTINGS = (RULE, WINDOW_DAYS)
