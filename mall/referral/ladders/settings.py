"""What a shop owner decides of ladders."""

from __future__ import annotations

from mall.settings import MessageTemplate, message_template

REWARD_TEMPLATE = message_template(
    "referral.ladder_template",
    default=MessageTemplate(fields={"activity": "thing1", "reward": "thing2", "note": "thing3"}),
    names=("activity", "reward", "note"),
    label="邀新奖励到账的订阅消息模板",
    help="模板 ID 留空则只进入消息中心，page 例如 pages/ladder?id={campaign_id}。",
)
SETTINGS = (REWARD_TEMPLATE,)
