"""What a shop owner decides of messages."""

from __future__ import annotations

from mall.settings import MessageTemplate, message_template, text, whole_number

_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]"

MARKETING_PER_DAY = whole_number(
    "messages.marketing_per_day",
    default=3,
    at_least=0,
    at_most=20,
    unit="条",
    label="每位顾客每天最多收到的营销消息",
    help="超出的只进入小程序内的消息中心；0 表示一律不推送。订单与服务消息不受限制。",
)
QUIET_FROM = text(
    "messages.quiet_from",
    default="21:00",
    pattern=_CLOCK,
    at_most=5,
    label="免打扰开始时间",
    help="从这个时间起不推送营销消息，例如 21:00；与结束时间相同表示不设免打扰。",
)
QUIET_UNTIL = text(
    "messages.quiet_until",
    default="09:00",
    pattern=_CLOCK,
    at_most=5,
    label="免打扰结束时间",
    help="到这个时间恢复推送，例如 09:00；免打扰期间的营销消息届时补发，过期的不再推送。",
)
_HELP = "模板 ID 留空则只进入小程序内的消息中心；page 例如 pages/order?no={order_no}。"
ORDER_SHIPPED_TEMPLATE = message_template(
    "messages.order_shipped_template",
    default=MessageTemplate(
        fields={
            "order_no": "character_string1",
            "carrier": "thing2",
            "tracking": "character_string3",
        }
    ),
    names=("order_no", "carrier", "tracking", "goods", "shipped_at"),
    placeholders=("order_no",),
    label="发货通知的订阅消息模板",
    help=_HELP,
)
ORDER_REPRICED_TEMPLATE = message_template(
    "messages.order_repriced_template",
    default=MessageTemplate(
        fields={"order_no": "character_string1", "payable": "amount2", "note": "thing3"}
    ),
    names=("order_no", "before", "payable", "note"),
    placeholders=("order_no",),
    label="商家改价通知的订阅消息模板",
    help=_HELP,
)
ORDER_READDRESSED_TEMPLATE = message_template(
    "messages.order_readdressed_template",
    default=MessageTemplate(
        fields={"order_no": "character_string1", "region": "thing2", "note": "thing3"}
    ),
    names=("order_no", "region", "note"),
    placeholders=("order_no",),
    label="商家修改收货地址通知的订阅消息模板",
    help=_HELP,
)
SETTINGS = (
    MARKETING_PER_DAY,
    QUIET_FROM,
    QUIET_UNTIL,
    ORDER_SHIPPED_TEMPLATE,
    ORDER_REPRICED_TEMPLATE,
    ORDER_READDRESSED_TEMPLATE,
)
