"""What a shop owner decides of reminders of points."""

from __future__ import annotations

from mall.settings import MessageTemplate, message_template

EXPIRING_TEMPLATE = message_template(
    "points.expiring_template",
    default=MessageTemplate(fields={"points": "number1", "last_day": "date2", "note": "thing3"}),
    names=("points", "last_day", "note"),
    label="积分到期提醒的订阅消息模板",
    help="模板 ID 留空则只进入小程序内的消息中心；page 例如 pages/points。",
)
SETTINGS = (EXPIRING_TEMPLATE,)
