"""What a shop owner decides of pets."""

from __future__ import annotations

from mall.settings import MessageTemplate, message_template

CARE_TEMPLATE = message_template(
    "games.pet_care_template",
    default=MessageTemplate(fields={"pet": "thing1", "growth": "number2", "note": "thing3"}),
    names=("pet", "growth", "note"),
    placeholders=("season_id",),
    label="宠物照料提醒的订阅消息模板",
    help="模板 ID 留空则只进入消息中心；page 例如 pages/pet。",
)
SETTINGS = (CARE_TEMPLATE,)
