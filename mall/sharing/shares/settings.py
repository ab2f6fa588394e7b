"""What a shop owner decides of sharing."""

from __future__ import annotations

from mall.settings import whole_number

MOST = 10_000
SHARES_PER_DAY = whole_number(
    "sharing.shares_per_day",
    default=100,
    at_least=0,
    at_most=MOST,
    unit="个",
    label="每位顾客每天可新建的分享",
    help="同一页面只有一个分享，重复分享不占次数；0 表示不开放分享任务。",
)
SHARE_OPENS_PER_DAY = whole_number(
    "sharing.share_opens_per_day",
    default=100,
    at_least=0,
    at_most=MOST,
    unit="人",
    label="每位分享者每天计入的打开人数",
    help="每位好友对同一分享者只计一次；仅打开不能得到奖励。",
)
SHARE_SHOPPERS_PER_DAY = whole_number(
    "sharing.share_shoppers_per_day",
    default=20,
    at_least=0,
    at_most=MOST,
    unit="人",
    label="每位分享者每天计入的新用户",
    help="通过分享首次登录的新用户；超过后当天的不再计入。",
)
SHARE_STAY_DAYS = whole_number(
    "sharing.share_stay_days",
    default=30,
    at_least=0,
    at_most=365,
    unit="天",
    label="新用户在多少天内注销账号则不再计入",
    help="防止同一微信反复注销再登录；已发放的奖励随之收回。0 表示注销后仍然计入。",
)
SHARE_ORDERS_PER_DAY = whole_number(
    "sharing.share_orders_per_day",
    default=50,
    at_least=0,
    at_most=MOST,
    unit="单",
    label="每位分享者每天计入的好友订单",
    help="好友打开分享后付款的订单；超过后当天的不再计入。",
)
SHARE_VALID_DAYS = whole_number(
    "sharing.share_valid_days",
    default=0,
    at_least=0,
    at_most=3650,
    unit="天",
    label="顾客分享的有效天数",
    help="从最近一次分享该页面起算；过期后仍可打开页面，但不再计入分享者。"
    "0 表示长期有效（已印出的海报和卡片一直可用）。修改只影响之后的分享。",
)
SHARE_KEEP_DAYS = whole_number(
    "sharing.share_keep_days",
    default=180,
    at_least=90,
    at_most=730,
    unit="天",
    label="分享打开记录保留天数",
    help="更早的打开记录会被删除；分享本身、带来的新用户和订单不受影响。",
)
SETTINGS = (
    SHARES_PER_DAY,
    SHARE_OPENS_PER_DAY,
    SHARE_SHOPPERS_PER_DAY,
    SHARE_STAY_DAYS,
    SHARE_ORDERS_PER_DAY,
    SHARE_VALID_DAYS,
    SHARE_KEEP_DAYS,
)
