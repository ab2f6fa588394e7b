"""What a shop owner decides of flash sales."""

from __future__ import annotations

from mall.orders.settings import SHORTEST_PAY_MIN
from mall.settings import MessageTemplate, message_template, whole_number

PAY_MIN = whole_number(
    "flashsale.pay_min",
    default=5,
    at_least=SHORTEST_PAY_MIN,
    at_most=1_440,
    unit="分钟",
    label="秒杀订单支付时限",
    help="秒杀订单超过这个时间仍未支付，自动关闭并释放名额；只影响之后的新订单。"
    "微信支付不接受一分钟内到期的订单，所以至少 2 分钟。",
)
MAX_RISK = whole_number(
    "flashsale.max_risk",
    default=3,
    at_least=0,
    at_most=4,
    unit="级",
    label="可参与秒杀的最高风险等级",
    help="微信给出的用户风险等级（0 至 4）高于这个值的顾客不能秒杀；4 表示不限制。",
)
STARTING_TEMPLATE = message_template(
    "flashsale.starting_template",
    default=MessageTemplate(fields={"name": "thing1", "starts_at": "time2", "note": "thing3"}),
    names=("name", "starts_at", "note"),
    placeholders=("session_id",),
    label="秒杀开始提醒的订阅消息模板",
    help="模板 ID 留空则只进入小程序内的消息中心；page 例如 pages/flash?id={session_id}。",
)
SETTINGS = (PAY_MIN, MAX_RISK, STARTING_TEMPLATE)
