"""What a shop owner decides of the staff's logins."""

from __future__ import annotations

from mall.settings import whole_number

SESSION_MIN = whole_number(
    "staff.session_min",
    default=480,
    at_least=5,
    at_most=43_200,
    unit="分钟",
    label="员工登录有效期",
    help="员工超过这个时间没有操作，需要重新登录。",
    permission="staff:write",
)
