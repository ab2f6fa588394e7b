"""What a shop owner decides of points."""

from __future__ import annotations

from mall.settings import whole_number

MAX_POINTS = 1_000_000_000

VALID_DAYS = whole_number(
    "points.valid_days",
    default=365,
    at_least=0,
    at_most=3650,
    unit="天",
    label="积分有效期",
    help="积分到账后多少天过期，在当天结束时失效；0 表示永不过期。只影响之后发放的积分。",
)
RETURNED_DAYS = whole_number(
    "points.returned_days",
    default=7,
    at_least=1,
    at_most=365,
    unit="天",
    label="退回积分的最短有效期",
    help="订单关闭或退款时退回的积分如果已过期，从退回起至少还可使用这么多天。",
)
PER_YUAN = whole_number(
    "points.per_yuan",
    default=100,
    at_least=1,
    at_most=1_000_000,
    unit="积分",
    label="多少积分相当于 1 元",
    help="下单抵扣和积分奖励的成本都按此折算；调低会使每个积分更值钱。",
    permission="points:approve",
)
APPROVAL_ABOVE = whole_number(
    "points.approval_above",
    default=0,
    at_least=0,
    at_most=MAX_POINTS,
    unit="积分",
    label="人工调整积分需他人审批的数量",
    help="一名员工一天内人工调整的积分（增减合计）超过这个数量时，"
    "须由另一名员工审批；0 表示无需审批。",
    permission="points:approve",
)
SETTINGS = (VALID_DAYS, RETURNED_DAYS, PER_YUAN, APPROVAL_ABOVE)
