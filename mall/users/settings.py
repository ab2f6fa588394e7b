"""What a shop owner decides of shoppers' logins."""

from __future__ import annotations

from mall.settings import boolean, whole_number

SESSION_DAYS = whole_number(
    "users.session_days",
    default=30,
    at_least=1,
    at_most=365,
    unit="天",
    label="顾客登录有效期",
    help="顾客超过这个天数没有使用小程序，需要重新登录。",
)
CLOSED_KEEP_DAYS = whole_number(
    "users.closed_keep_days",
    default=30,
    at_least=7,
    at_most=1095,
    unit="天",
    label="账号注销后保留订单地址的天数",
    help="顾客注销账号后，订单的收货信息和付款人标识再保留这些天，以便处理售后，之后自动清除。",
)
RETURNING_DAYS = whole_number(
    "users.returning_days",
    default=0,
    at_least=0,
    at_most=365,
    unit="天",
    label="账号注销后识别老客的天数",
    help=(
        "0 表示注销后不保留任何标识。大于 0 时，仅对下过单的顾客保留加密的账号标识，"
        "重新注册后在这些天内不再享受新客优惠。须先在隐私政策或用户协议中写明，否则不要开启。"
    ),
)
PHONES_ABROAD = boolean(
    "users.phones_abroad",
    default=False,
    label="接受中国大陆以外的电话号码",
    help="开启后，收货地址可以填写带国家或地区代码的号码，例如 +85261234567。",
)
SETTINGS = (SESSION_DAYS, CLOSED_KEEP_DAYS, RETURNING_DAYS, PHONES_ABROAD)
