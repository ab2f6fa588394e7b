"""What a shop owner decides of ratings."""

from __future__ import annotations

from mall.settings import whole_number

PRIOR_TENTHS = whole_number(
    "reviews.prior_tenths",
    default=45,
    at_least=10,
    at_most=50,
    unit="十分之一星",
    label="评分的先验值",
    help="商品评价很少时评分靠近这个值，例如 45 即 4.5 星；评价越多影响越小。",
)
PRIOR_WEIGHT = whole_number(
    "reviews.prior_weight",
    default=5,
    at_least=0,
    at_most=1_000,
    unit="条",
    label="先验值相当于的评价条数",
    help="0 表示直接显示平均分。",
)
SETTINGS = (PRIOR_TENTHS, PRIOR_WEIGHT)
