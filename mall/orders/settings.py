"""What a shop owner decides of orders."""

from __future__ import annotations

from mall.settings import whole_number

SHORTEST_PAY_MIN = 2
"""WeChat takes no payment that would have to be made within a minute: an order with less time than
this could never be paid."""
UNPAID_CLOSE_MIN = whole_number(
    "orders.unpaid_close_min",
    default=30,
    at_least=SHORTEST_PAY_MIN,
    at_most=1_440,
    unit="分钟",
    label="未支付订单自动关闭",
    help="下单后超过这个时间仍未支付，订单自动关闭并释放库存；只影响之后的新订单。"
    "微信支付不接受一分钟内到期的订单，所以至少 2 分钟。",
)
AUTO_CONFIRM_DAYS = whole_number(
    "orders.auto_confirm_days",
    default=10,
    at_least=1,
    at_most=60,
    unit="天",
    label="自动确认收货",
    help="全部发货后，顾客超过这个天数没有确认收货，系统自动确认；只影响之后发货的订单。",
)
SETTINGS = (UNPAID_CLOSE_MIN, AUTO_CONFIRM_DAYS)
