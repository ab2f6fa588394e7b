"""What a shop owner decides of the buyer show."""

from __future__ import annotations

from mall.settings import MessageTemplate, message_template

FEATURED_TEMPLATE = message_template(
    "reviews.featured_template",
    default=MessageTemplate(fields={"product": "thing1", "note": "thing2"}),
    names=("product", "note"),
    label="评价入选买家秀的订阅消息模板",
    help="模板 ID 留空则只进入消息中心，page 例如 pages/show?id={entry_id}。",
)
SETTINGS = (FEATURED_TEMPLATE,)
