"""What a shop owner decides of the check-in."""

from __future__ import annotations

from mall.settings import MessageTemplate, boolean, message_template, whole_number

CHECK_IN_OPEN = boolean(
    "missions.check_in_open",
    default=True,
    label="开放签到",
    help="关闭后顾客不能签到，已有的签到记录保留；连续天数按实际日期计算。",
)
MAKE_UPS_PER_MONTH = whole_number(
    "missions.make_ups_per_month",
    default=3,
    at_least=0,
    at_most=31,
    unit="次",
    label="每位顾客每月可补签次数",
    help="每次补签使用一张补签卡；0 表示不能补签。",
)
MAX_MAKE_UP_DAYS = 31
MAKE_UP_DAYS = whole_number(
    "missions.make_up_days",
    default=7,
    at_least=1,
    at_most=MAX_MAKE_UP_DAYS,
    unit="天",
    label="可补签的天数",
    help="只能补签最近多少天内漏签的日期，不含当天。",
)
CARD_POINTS = whole_number(
    "missions.make_up_card_points",
    default=0,
    at_least=0,
    at_most=1_000_000,
    unit="积分",
    label="兑换一张补签卡所需积分",
    help="0 表示不能用积分兑换补签卡。",
)
CARDS_PER_MONTH = whole_number(
    "missions.make_up_cards_per_month",
    default=3,
    at_least=1,
    at_most=31,
    unit="张",
    label="每位顾客每月可用积分兑换的补签卡数",
    help="按自然月计算；奖励所得的补签卡不计入。",
)
REMINDER_TEMPLATE = message_template(
    "missions.check_in_reminder_template",
    default=MessageTemplate(fields={"streak": "number1", "day": "date2", "note": "thing3"}),
    names=("streak", "day", "note"),
    label="签到提醒的订阅消息模板",
    help="模板 ID 留空则只进入小程序内的消息中心；page 例如 pages/check-in。",
)
SETTINGS = (
    *(CHECK_IN_OPEN, MAKE_UPS_PER_MONTH, MAKE_UP_DAYS),
    *(CARD_POINTS, CARDS_PER_MONTH, REMINDER_TEMPLATE),
)
