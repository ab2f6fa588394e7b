"""What a shop owner decides of rewards for reviews."""

from __future__ import annotations

from mall.settings import MessageTemplate, message_template

REWARD_TEMPLATE = message_template(
    "reviews.reward_template",
    default=MessageTemplate(fields={"product": "thing1", "reward": "thing2", "note": "thing3"}),
    names=("product", "reward", "note"),
    label="评价奖励到账的订阅消息模板",
    help="模板 ID 留空则只进入消息中心，page 例如 pages/review?id={review_id}。",
)
SETTINGS = (REWARD_TEMPLATE,)
