"""What a shop owner decides of the check-in."""

from __future__ import annotations

from mall.settings import boolean

CHECK_IN_OPEN = boolean(
    "missions.check_in_open",
    default=True,
    label="开放签到",
    help="关闭后顾客不能签到，已有的签到记录保留；连续天数按实际日期计算。",
)
SETTINGS = (CHECK_IN_OPEN,)
