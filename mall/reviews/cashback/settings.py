"""What a shop owner decides of cash for likes."""

from __future__ import annotations

from mall.settings import MessageTemplate, boolean, message_template, whole_number

CASHBACK_OPEN = boolean(
    "reviews.cashback_open",
    default=False,
    label="晒单返现总开关",
    help="微信平台禁止利诱分享，默认关闭；关闭后不再接受新的晒单，已开启的按原条款继续。",
)
HOLD_DAYS = whole_number(
    "reviews.cashback_hold_days",
    default=7,
    at_least=0,
    at_most=60,
    unit="天",
    label="晒单返现达标后的核实天数",
    help="达标后至少经过这么多天、且订单过了售后期才发放。",
)
STAFF_RELEASE = boolean(
    "reviews.cashback_staff_release",
    default=True,
    label="晒单返现须员工放行",
    help="打开后每一笔都须员工放行；关闭后仅风险分达到门槛的须员工处理。",
)
HOLD_FROM = whole_number(
    "reviews.cashback_hold_from",
    default=60,
    at_least=1,
    at_most=100,
    unit="分",
    label="晒单返现须员工处理的风险分",
    help="点赞的风险分达到该值的不自动发放；分数越低越严格。",
)
TEMPLATE = message_template(
    "reviews.cashback_template",
    default=MessageTemplate(fields={"campaign": "thing1", "amount": "amount2", "note": "thing3"}),
    names=("campaign", "amount", "note"),
    placeholders=("show_id",),
    label="晒单返现进度的订阅消息模板",
    help="模板 ID 留空则只进入消息中心，page 例如 pages/cashback?id={show_id}。",
)
SETTINGS = (CASHBACK_OPEN, HOLD_DAYS, STAFF_RELEASE, HOLD_FROM, TEMPLATE)
