"""What a shop owner decides of lock-ups, beside their offers."""

from __future__ import annotations

from mall.settings import MessageTemplate, message_template

ENDED_TEMPLATE = message_template(
    "points.lockup_ended_template",
    default=MessageTemplate(fields={"offer": "thing1", "points": "number2", "gain": "number3"}),
    names=("offer", "points", "gain"),
    label="积分锁定到期通知的订阅消息模板",
    help="模板 ID 留空则只进入小程序内的消息中心；page 例如 pages/points。",
)
SETTINGS = (ENDED_TEMPLATE,)
