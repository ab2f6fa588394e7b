"""What a shop owner decides of browsing."""

from __future__ import annotations

from mall.settings import whole_number

DAY_S = 86_400
VIEW_BEAT_S = whole_number(
    "missions.view_beat_s",
    default=5,
    at_least=2,
    at_most=60,
    unit="秒",
    label="浏览心跳间隔",
    help="顾客浏览页面时，小程序按此间隔上报；两次上报之间最多计入这么多秒。",
)
VIEW_DAY_S = whole_number(
    "missions.view_seconds_per_day",
    default=1_800,
    at_least=0,
    at_most=DAY_S,
    unit="秒",
    label="每位顾客每天计入的浏览时长上限",
    help="超过后继续浏览不再计时；0 表示不计时。",
)
VIEW_SESSIONS = whole_number(
    "missions.view_sessions_per_day",
    default=300,
    at_least=1,
    at_most=10_000,
    unit="次",
    label="每位顾客每天可计时的页面次数",
    help="超过后当天不能再开始计时的浏览。",
)
VIEW_KEEP_DAYS = whole_number(
    "missions.view_keep_days",
    default=90,
    at_least=7,
    at_most=730,
    unit="天",
    label="浏览记录保留天数",
    help="更早的浏览记录会被删除，已完成的任务不受影响。",
)
SETTINGS = (VIEW_BEAT_S, VIEW_DAY_S, VIEW_SESSIONS, VIEW_KEEP_DAYS)
