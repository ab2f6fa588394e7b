"""What a shop owner decides of shoppers' logins."""

from __future__ import annotations

from mall.settings import whole_number

SESSION_DAYS = whole_number(
    "users.session_days",
    default=30,
    at_least=1,
    at_most=365,
    unit="天",
    label="顾客登录有效期",
    help="顾客超过这个天数没有使用小程序，需要重新登录。",
)
