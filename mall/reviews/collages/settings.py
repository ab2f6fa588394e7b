"""What a shop owner decides of collages."""

from __future__ import annotations

from mall.settings import whole_number

COLLAGES_PER_DAY = whole_number(
    "reviews.collages_per_day",
    default=30,
    at_least=0,
    at_most=1_000,
    unit="张",
    label="每位顾客每天可生成的拼图",
    help="相同的图片、模板和页面只算一张；0 表示不开放拼图。",
)
KEEP_DAYS = whole_number(
    "reviews.collage_keep_days",
    default=30,
    at_least=2,
    at_most=365,
    unit="天",
    label="拼图保留天数",
    help="超过天数无人再次生成的拼图会被删除，需要时重新生成。",
)
SETTINGS = (COLLAGES_PER_DAY, KEEP_DAYS)
