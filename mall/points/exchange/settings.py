"""What a shop owner decides of the points mall."""

from __future__ import annotations

from mall.settings import whole_number

CODE_MIN_DAYS = whole_number(
    "points.exchange_code_min_days",
    default=1,
    at_least=0,
    at_most=365,
    unit="天",
    label="兑换码发放时至少剩余的有效天数",
    help="剩余有效期不足这么多天的兑换码不再发放，并从库存中扣除。",
)
SETTINGS = (CODE_MIN_DAYS,)
