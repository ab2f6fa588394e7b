"""What a shop owner decides of after-sales."""

from __future__ import annotations

from mall.settings import whole_number

WINDOW_DAYS = whole_number(
    "aftersales.window_days",
    default=7,
    at_least=0,
    at_most=365,
    unit="天",
    label="可申请售后的期限",
    help="订单完成后多少天内可以申请售后。",
)
STAFF_H = whole_number(
    "aftersales.staff_h",
    default=48,
    at_least=1,
    at_most=720,
    unit="小时",
    label="商家处理时限",
    help="超过这个时间没有处理的售后申请，系统自动同意。",
)
SHOPPER_DAYS = whole_number(
    "aftersales.shopper_days",
    default=7,
    at_least=1,
    at_most=90,
    unit="天",
    label="等待顾客的时限",
    help="等待顾客接受方案或寄回商品，超过这个天数自动撤销售后。",
)
RECEIPT_DAYS = whole_number(
    "aftersales.receipt_days",
    default=10,
    at_least=1,
    at_most=90,
    unit="天",
    label="退货自动签收",
    help="顾客寄回商品后超过这个天数商家没有确认，视为已收到并退款。",
)
SETTINGS = (WINDOW_DAYS, STAFF_H, SHOPPER_DAYS, RECEIPT_DAYS)
