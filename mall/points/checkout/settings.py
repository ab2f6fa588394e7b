"""What a shop owner decides of points at checkout."""

from __future__ import annotations

from mall.points.settings import MAX_POINTS
from mall.settings import boolean, whole_number

OPEN = boolean(
    "points.checkout_open",
    default=False,
    label="下单时可用积分抵扣",
    help="关闭后新订单不能使用积分；已使用积分的订单照常结算与退回。",
    permission="points:approve",
)
CAP_BP = whole_number(
    "points.checkout_cap_bp",
    default=5_000,
    at_least=0,
    at_most=10_000,
    unit="万分之一",
    label="积分最多抵扣商品金额的比例",
    help="按优惠后的商品金额计算，逐件商品向下取整到分；单个商品可另设比例。运费不能抵扣。",
    permission="points:approve",
)
LEAST = whole_number(
    "points.checkout_least",
    default=1,
    at_least=1,
    at_most=MAX_POINTS,
    unit="积分",
    label="每单最少使用的积分",
    help="少于这个数量时不能抵扣。",
    permission="points:approve",
)
STEP = whole_number(
    "points.checkout_step",
    default=1,
    at_least=1,
    at_most=MAX_POINTS,
    unit="积分",
    label="使用积分的步长",
    help="使用的积分是它的整数倍。",
    permission="points:approve",
)
SETTINGS = (OPEN, CAP_BP, LEAST, STEP)
