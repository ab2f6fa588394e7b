"""What a shop owner decides of messages."""

from __future__ import annotations

from mall.settings import MessageTemplate, message_template

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
    help="模板 ID 留空则不发送；page 例如 pages/order?no={order_no}。",
)
