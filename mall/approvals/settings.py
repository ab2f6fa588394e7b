"""What a shop owner decides of approvals."""

from __future__ import annotations

from mall.settings import whole_number

EXPIRE_DAYS = whole_number(
    "approvals.expire_days",
    default=7,
    at_least=1,
    at_most=90,
    unit="天",
    label="审批有效期",
    help="超过这个天数没有处理的审批自动失效；只影响之后发起的审批。",
)
