"""What a shop owner decides of missions."""

from __future__ import annotations

from mall.settings import whole_number

PROGRESS_KEEP_DAYS = whole_number(
    "missions.progress_keep_days",
    default=400,
    at_least=180,
    at_most=3_650,
    unit="天",
    label="任务进度保留天数",
    help="按天、周、月重复的任务，更早周期的进度会被删除；待领取或待发放奖励的、以及作为前置任务的进度保留。",
)
SETTINGS = (PROGRESS_KEEP_DAYS,)
