"""What a shop owner decides of posters."""

from __future__ import annotations

from mall.settings import whole_number

KEEP_DAYS = whole_number(
    "referral.poster_keep_days",
    default=30,
    at_least=1,
    at_most=365,
    unit="天",
    label="海报图片保留天数",
    help="超过天数无人再次打开的海报图片会被删除，需要时重新生成。",
)
SETTINGS = (KEEP_DAYS,)
